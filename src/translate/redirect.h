// HTTPRedirect and HTTPDirectResponse: routes that Envoy answers itself.
#pragma once

#include <string>

#include "mesh/object.h"
#include "translate/route_scope.h"

namespace envoy::config::route::v3 {
class Route;
}
namespace istio::networking::v1alpha3 {
class HTTPDirectResponse;
class HTTPRedirect;
}  // namespace istio::networking::v1alpha3

namespace amime::translate {

// False for a redirectCode that HTTP has no redirect for (301, 302, 303, 307, 308 are): noted, the route is to be left out.
bool apply_redirect(RouteScope& scope, const istio::networking::v1alpha3::HTTPRedirect& redirect, const mesh::ObjectKey& object,
                    const std::string& field, envoy::config::route::v3::Route* route);
void apply_direct_response(const istio::networking::v1alpha3::HTTPDirectResponse& response, envoy::config::route::v3::Route* route);

}  // namespace amime::translate
