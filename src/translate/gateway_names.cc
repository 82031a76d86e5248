// Tables of Gateway servers (networking.istio.io Gateway.servers) by name.
#include <fmt/format.h>

#include "networking/v1alpha3/gateway.pb.h"
#include "translate/gateway_servers.h"
#include "translate/route_table.h"

namespace amime::translate {
namespace {

// A Service with this label keeps its Gateway's port numbers although its own ports map to others.
constexpr std::string_view kKeepPortsLabel = "experimental.istio.io/disable-gateway-port-translation";

}  // namespace

std::string gateway_table_name(const istio::networking::v1alpha3::Server& server, std::uint32_t port, std::string_view gateway_name,
                               std::string_view gateway_ns) {
  const mesh::Protocol protocol = mesh::parse_protocol(server.port().protocol());
  const std::string bind = server.bind().empty() ? std::string{} : "." + server.bind();
  if (mesh::is_http(protocol)) return fmt::format("http.{}{}", port, bind);
  if (protocol == mesh::Protocol::kHttps && !is_passthrough(server)) {
    return fmt::format("https.{}.{}.{}.{}{}", server.port().number(), server.port().name(), gateway_name, gateway_ns, bind);
  }
  return {};
}

std::uint32_t gateway_listener_port(std::span<const mesh::ServiceTarget> targets, std::uint32_t server_port) {
  for (const mesh::ServiceTarget& target : targets) {
    if (target.port.port == server_port && target.service->labels.find(kKeepPortsLabel) == target.service->labels.end()) {
      return target.target_port;
    }
  }
  return server_port;
}

}  // namespace amime::translate
