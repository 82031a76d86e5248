// Headers (set, add, remove of request and response headers) of a route or a destination.
#pragma once

#include <string>

#include "mesh/object.h"
#include "translate/route_scope.h"

namespace envoy::config::route::v3 {
class Route;
class WeightedCluster_ClusterWeight;
}  // namespace envoy::config::route::v3
namespace istio::networking::v1alpha3 {
class Headers;
}

namespace amime::translate {

// Both append in a stable order: set before add, by name. They return the new authority, if "Host" or ":authority" is among
// the request headers: that is a rewrite of the host, which the caller makes; empty: none.
// Other headers whose name starts with ":" are no headers to Envoy and are left out with a note. `field` is the path of Headers.
std::string apply_headers(RouteScope& scope, const istio::networking::v1alpha3::Headers& headers, const mesh::ObjectKey& object,
                          const std::string& field, envoy::config::route::v3::Route* route);
std::string apply_headers(RouteScope& scope, const istio::networking::v1alpha3::Headers& headers, const mesh::ObjectKey& object,
                          const std::string& field, envoy::config::route::v3::WeightedCluster_ClusterWeight* cluster);

}  // namespace amime::translate
