// `amime status` and `wait`: what the control plane's monitoring port says of objects, for humans and scripts.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <string>
#include <vector>

namespace amime::local {

struct StatusOptions {
  std::string monitoring_address = "127.0.0.1:15014";
  std::string object;           // KIND/NAME or KIND/NAMESPACE/NAME; empty: all
  std::string output = "text";  // text: those that are not simply in force; wide: all; json
};
// Prints a table or JSON. Unavailable: no control plane there; NotFound: no such object.
absl::Status run_status(const StatusOptions& options);

struct WaitOptions {
  std::string monitoring_address = "127.0.0.1:15014";
  std::vector<std::string> objects;
  std::chrono::milliseconds timeout{60'000};
};
// Until every proxy has acknowledged the objects. DeadlineExceeded: not in time; the message names what waits and for whom.
// Aborted: a proxy refused one, or its file is invalid.
absl::Status run_wait(const WaitOptions& options);

// An object, KIND/NAME or KIND/NAMESPACE/NAME, and which version of it; empty: any.
struct Wanted {
  std::string object, version;
};
// The same for versions. On a terminal a line says how far it is.
absl::Status wait_in_force(const std::string& monitoring_address, const std::vector<Wanted>& objects, std::chrono::milliseconds timeout);

}  // namespace amime::local
