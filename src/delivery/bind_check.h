// Why an address cannot be bound, in the system's words: gRPC only says that it cannot.
#pragma once

#include <string>

namespace amime::delivery {

// `address` is HOST:PORT or [HOST]:PORT. "address already in use", "permission denied", "unknown host ..."; a fallback
// text when binding works by now.
std::string why_not_bind(const std::string& address);

}  // namespace amime::delivery
