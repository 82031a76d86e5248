// Finds ports that somebody else has, before an Envoy stumbles over them.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <utility>
#include <vector>

namespace amime::local {

// OK if every (IP, port) can be bound now; else AlreadyExists, which names the first that cannot and who has it.
absl::Status check_free(const std::vector<std::pair<std::string, unsigned>>& places);

// "nginx (pid 12)": who listens on that port at `ip` or at every address; empty if it cannot be told (another user's).
std::string owner_of(const std::string& ip, unsigned port);

}  // namespace amime::local
