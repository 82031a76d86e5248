// VirtualService.http -> Envoy routes. In Istio's order: the first route that matches is taken, so nothing follows a route
// that matches everything.
#pragma once

#include <cstddef>

#include "mesh/object.h"
#include "translate/route_scope.h"

namespace envoy::config::route::v3 {
class Route;
class VirtualHost;
}  // namespace envoy::config::route::v3

namespace amime::translate {

// Appends to `*out` what `virtual_service` (an object of that kind) routes for this scope; delegates are merged in.
// Returns how many; 0 means that the VirtualService does not apply here.
std::size_t append_routes(RouteScope& scope, const mesh::Object& virtual_service, envoy::config::route::v3::VirtualHost* out);

// Whether the route takes every request.
bool is_catch_all(const envoy::config::route::v3::Route& route);

}  // namespace amime::translate
