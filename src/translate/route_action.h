// http.route with timeout, retries, rewrite, mirrors and headers of destinations -> a RouteAction.
#pragma once

#include <string>

#include "translate/delegate.h"
#include "translate/route_scope.h"

namespace envoy::config::route::v3 {
class Route;
}
namespace istio::mesh::v1alpha1 {
class MeshConfig;
}

namespace amime::translate {

// `authority`: the Host that the route's own headers set, empty for none. False: the route has no destination that can get
// traffic; noted, it is to be left out.
bool apply_destinations(RouteScope& scope, const PlainRoute& route, const std::string& authority, envoy::config::route::v3::Route* out);

// The route of a service that no VirtualService touches: all its requests to its cluster of that port.
void fill_default_route(RouteScope& scope, std::string_view host, std::uint32_t port, envoy::config::route::v3::Route* out);

}  // namespace amime::translate
