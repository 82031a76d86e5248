// The two outbound listeners that belong to no service: where captured traffic arrives, and the explicit HTTP proxy.
// One rule's run.
#pragma once

#include "translate/rule.h"

namespace amime::translate {

// virtualOutbound, on MeshConfig.proxyListenPort: hands each connection to the listener of its original destination, and
// sends on itself what has none (outboundTrafficPolicy).
void virtual_outbound(View& view, Product& product);
// On MeshConfig.proxyHttpPort: takes absolute URLs for all hosts and ports, through the route table http_proxy.
void http_proxy_listener(View& view, Product& product);

}  // namespace amime::translate
