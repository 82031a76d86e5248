// HTTPFaultInjection (http.fault) -> the fault filter's per-route configuration.
#pragma once

#include <string>

#include "mesh/object.h"
#include "translate/route_scope.h"

namespace envoy::config::route::v3 {
class Route;
}
namespace istio::networking::v1alpha3 {
class HTTPFaultInjection;
}

namespace amime::translate {

// Adds typed_per_filter_config of envoy.filters.http.fault. Delays that are not fixed and aborts by HTTP/2 error code do not
// exist in Envoy: they are left out with a note. A fault without percentage hits nothing, as in Istio.
void apply_fault(RouteScope& scope, const istio::networking::v1alpha3::HTTPFaultInjection& fault, const mesh::ObjectKey& object,
                 const std::string& field, envoy::config::route::v3::Route* route);

}  // namespace amime::translate
