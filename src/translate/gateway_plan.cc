#include "translate/gateway_plan.h"

#include "translate/names.h"
#include "translate/route_table.h"
#include "translate/socket_address.h"

namespace amime::translate {

std::vector<GatewayPort> plan_gateway(View& view, std::vector<Note>* notes) {
  const auto& targets = view.service_targets();
  return merge_gateways(
      view.gateways(), [&](std::uint32_t port) { return gateway_listener_port(targets, port); }, notes);
}

std::string gateway_listener_name(View& view, const GatewayPort& port) {
  return listener_name(port.bind.empty() ? wildcards({view.proxy_ipv4(), view.proxy_ipv6()}).front() : port.bind, port.port);
}

}  // namespace amime::translate
