// Runs the system's own tools: iptables-restore, nft, ip.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace amime::agent {

// Its standard output. Any thread; blocks until it ended, at most `timeout` (then it is killed: DeadlineExceeded).
// NotFound: no such tool; Internal: it failed, with its last words.
absl::StatusOr<std::string> run_tool(std::string_view name, const std::vector<std::string>& arguments, std::string_view input = {},
                                     std::chrono::milliseconds timeout = std::chrono::seconds(30));

}  // namespace amime::agent
