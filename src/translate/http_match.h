// HTTPMatchRequest -> RouteMatch, and whether a match applies to this client at all.
#pragma once

#include <string>

#include "mesh/object.h"
#include "translate/route_scope.h"

namespace envoy::config::route::v3 {
class RouteMatch;
}
namespace istio::networking::v1alpha3 {
class HTTPMatchRequest;
}

namespace amime::translate {

// port, gateways, sourceLabels and sourceNamespace choose at translation time. Where a match names gateways, its source
// fields do not count (as in Istio). Gateways are full names.
bool applies_here(RouteScope& scope, const istio::networking::v1alpha3::HTTPMatchRequest& match);

// Everything that Envoy looks at: uri, headers, withoutHeaders, method, authority, scheme, queryParams.
// `field` is the match's path for notes.
void set_route_match(RouteScope& scope, const istio::networking::v1alpha3::HTTPMatchRequest& match, const mesh::ObjectKey& object,
                     const std::string& field, envoy::config::route::v3::RouteMatch* out);

}  // namespace amime::translate
