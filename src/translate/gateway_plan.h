// A router's Gateways as its rules read them. One rule's run.
#pragma once

#include <string>
#include <vector>

#include "translate/gateway_servers.h"
#include "translate/view.h"

namespace amime::translate {

std::vector<GatewayPort> plan_gateway(View& view, std::vector<Note>* notes);
std::string gateway_listener_name(View& view, const GatewayPort& port);  // BIND_PORT, 0.0.0.0_PORT

}  // namespace amime::translate
