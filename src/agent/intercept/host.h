// What interception has to know of the machine, or pod, it is for. Any thread.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "agent/intercept/options.h"

namespace amime::agent {

// IPv6 is captured if the pod's first address is one, with `dual_stack` if it has one at all. NotFound: there is no address but
// of loopback or of the link.
absl::StatusOr<bool> host_uses_ipv6(bool dual_stack);

// Goes into a network namespace (a path such as /var/run/netns/NAME), for the whole thread.
absl::Status enter_network_namespace(const std::string& path);

// The user's number, 1337 where there is no such user.
std::string uid_of(const std::string& user);

}  // namespace amime::agent
