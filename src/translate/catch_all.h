// What becomes of requests to hosts that the table does not know: Sidecar.outboundTrafficPolicy, else
// MeshConfig.outboundTrafficPolicy.
#pragma once

#include "translate/route_scope.h"

namespace envoy::config::route::v3 {
class VirtualHost;
}

namespace amime::translate {

// "allow_any": on to where the client was going (or to Sidecar's egressProxy); "allow_any_dynamic_dns": on to where the host's name
// leads; "block_all": 502.
void fill_catch_all(RouteScope& scope, envoy::config::route::v3::VirtualHost* out);

}  // namespace amime::translate
