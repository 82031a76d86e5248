// `amime apply`: files into the directory that the control plane reads, and what becomes of them.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <string>
#include <vector>

namespace amime::local {

struct ApplyOptions {
  std::string monitoring_address = "127.0.0.1:15014";
  std::vector<std::string> files;  // or directories
  std::string config_dir;          // that the control plane reads; files are put there atomically
  bool wait = false;
  bool dry_run = false;  // nothing is written: what would happen is printed
  bool verbose = false;  // ... with the difference of each Envoy resource
  std::chrono::milliseconds timeout{60'000};
  std::string rollback_on = "rejected";  // rejected, timeout (or rejected), never: the files that were there are put back
};
// InvalidArgument: a file is bad, nothing was written. As run_wait() with `wait`.
absl::Status run_apply(const ApplyOptions& options);

}  // namespace amime::local
