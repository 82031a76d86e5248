// Sidecar.ingress.defaultEndpoint: where the application listens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "translate/view.h"

namespace amime::translate {

struct SocketTarget {
  std::string host;  // IP, or "unix://..." (then the port counts for nothing)
  std::uint32_t port = 0;
};

// "127.0.0.1:8080", "[::1]:8080": loopback of a family that the proxy has; "0.0.0.0:8080", "[::]:8080": the workload's own
// IP; "unix:///path". In `amime up` all but the last are the application's address. None: not such a text.
std::optional<SocketTarget> default_endpoint(View& view, std::string_view text);

}  // namespace amime::translate
