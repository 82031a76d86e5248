// Filter chains of a gateway's servers that hand bytes on: opaque TCP, TLS that ends here, TLS passed through by name.
// One rule's run.
//
// Fields: VirtualService.tcp and .tls (match.port, gateways, sniHosts; route) of those bound to the server's Gateway.
#pragma once

#include <string>
#include <vector>

#include "translate/authz/judges.h"
#include "translate/chain.h"
#include "translate/gateway_servers.h"
#include "translate/view.h"

namespace amime::translate {

// Without a VirtualService that routes the server's connections there are none.
// `port`: the listener's, which is not the server's where the router's Service maps it.
std::vector<Chain> gateway_tcp_chains(View& view, const GatewayServer& server, std::uint32_t port, const Judges& judges,
                                      std::vector<Note>* notes);

}  // namespace amime::translate
