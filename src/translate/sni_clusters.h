// What a server of an east-west gateway (Gateway tls.mode AUTO_PASSTHROUGH) leads to: clients of other networks name a cluster by
// the server name of their mutual TLS, outbound_.PORT_.SUBSET_.HOST, and the gateway hands their bytes on to it. One rule's run.
//
// Fields: Gateway.servers (hosts; tls.mode AUTO_PASSTHROUGH).
#pragma once

#include <vector>

#include "translate/authz/judges.h"
#include "translate/chain.h"
#include "translate/gateway_servers.h"
#include "translate/view.h"

namespace amime::translate {

bool is_auto_passthrough(const istio::networking::v1alpha3::Server& server);
// The services that the server leads to: those of the mesh that one of its hosts covers, in Istio's order.
std::vector<mesh::ServicePtr> auto_passthrough_services(View& view, const GatewayServer& server);
// A chain for every port and subset of these: only connections that name it and speak Istio's mutual TLS.
std::vector<Chain> auto_passthrough_chains(View& view, const GatewayServer& server, std::uint32_t listener_port, const Judges& judges);

}  // namespace amime::translate
