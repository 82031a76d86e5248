// Names and keys of route tables (Envoy's RouteConfigurations), for all who name a table: listeners point at them by RDS.
//
// An outbound table is one kRoute resource without virtual hosts, and one kVirtualHost resource `TABLE/NAME` for each of
// them; the engine joins them as the proxy's protocol wants. A gateway's table is one whole kRoute resource.
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "translate/rule.h"

namespace istio::networking::v1alpha3 {
class Server;
}

namespace amime::translate {

// Table of the listener that is an HTTP proxy for all hosts and ports (MeshConfig.proxyHttpPort).
inline constexpr std::string_view kHttpProxyTable = "http_proxy";

// "9080": the table that all HTTP listeners of one port share. Of an egress listener on a Unix socket it is the socket's
// path (`bind`), there the port is 0.
std::string outbound_table_name(std::uint32_t port, std::string_view bind = {});
// "reviews.default.svc.cluster.local:9080": of a listener that serves one service's address alone and sniffs the protocol.
std::string sniffed_table_name(std::string_view host, std::uint32_t port);

// `egress` is the index of the egress listener (View::egress) whose services and VirtualServices fill the table. A
// listener of its own port takes the entry of that port; everything else takes the catch-all entry (port 0).
RuleKey route_table_key(std::size_t egress, std::string_view table);

// The table of a Gateway's server: "http.PORT" for HTTP, "https.PORT.PORTNAME.GATEWAY.NAMESPACE" for HTTPS that is
// terminated here, each with ".BIND" where the server has a bind; empty where the server has no HTTP routes. `port` is the
// port that the router's container listens at (the target port, where Service and container differ).
std::string gateway_table_name(const istio::networking::v1alpha3::Server& server, std::uint32_t port, std::string_view gateway_name,
                               std::string_view gateway_ns);
RuleKey gateway_table_key(std::string_view table);
// The port that the router's container listens at for a server whose Gateway says `server_port`: the target port of the
// router's own Service that has such a port, else the number itself. `targets` is View::service_targets().
std::uint32_t gateway_listener_port(std::span<const mesh::ServiceTarget> targets, std::uint32_t server_port);

}  // namespace amime::translate
