// Filter chains of a service port that a sidecar's outbound listener hands on as bytes: TCP, and TLS told apart by the name
// in its ClientHello. One rule's run.
//
// Fields: VirtualService.tcp (match.destinationSubnets, port, sourceLabels, gateways, sourceNamespace; route),
// VirtualService.tls (match.sniHosts and as above; route).
#pragma once

#include <vector>

#include "translate/chain.h"
#include "translate/outbound_plan.h"
#include "translate/view.h"

namespace amime::translate {

// The chains of one ask, in the order in which they win over each other.
std::vector<Chain> outbound_tcp_chains(View& view, const ListenerPlan& plan, const ListenerAsk& ask);

}  // namespace amime::translate
