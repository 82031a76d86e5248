// http.mirror, http.mirrors and their percentages -> request mirror policies.
#pragma once

#include <string>

#include "mesh/object.h"
#include "translate/route_scope.h"

namespace envoy::config::route::v3 {
class RouteAction;
}
namespace istio::networking::v1alpha3 {
class HTTPRoute;
}

namespace amime::translate {

// Without a percentage everything is mirrored; 0 mirrors nothing. `field` is the route's path. The copy keeps its Host header.
void apply_mirrors(RouteScope& scope, const istio::networking::v1alpha3::HTTPRoute& route, const mesh::ObjectKey& object,
                   const std::string& field, envoy::config::route::v3::RouteAction* action);

}  // namespace amime::translate
