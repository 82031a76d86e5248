// Times as people and Kubernetes' API write them. Pure; any thread.
#pragma once

#include <chrono>
#include <string>

namespace amime::base {

// RFC 3339 in whole seconds, UTC: "2024-02-01T10:00:00Z".
std::string rfc3339(std::chrono::system_clock::time_point time);

}  // namespace amime::base
