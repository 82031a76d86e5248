// `amime demo DIR` (hidden; `make demo` runs it): amime up on a copy of DIR, traffic through the ingress gateway, a live
// table of who answered, and a VirtualService weight that moves while the traffic runs.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "local/up.h"

namespace amime::local {

struct DemoOptions {
  UpOptions up;  // dirs[0] is the sample; it is copied, the user's files are not touched
  double seconds_a_step = 5;
  int requests_a_second = 200;
};

// OK only if every request was answered as configured. On a terminal it stays up until Ctrl-C.
absl::Status run_demo(const DemoOptions& options);

}  // namespace amime::local
