// VirtualService.http.delegate: routes of another VirtualService (one without hosts) in the place of a route of this one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mesh/object.h"
#include "translate/route_scope.h"

namespace istio::networking::v1alpha3 {
class HTTPRoute;
}

namespace amime::translate {

// One HTTP route after delegation, with full names: hosts of destinations and mirrors, gateways of matches.
struct PlainRoute {
  std::shared_ptr<istio::networking::v1alpha3::HTTPRoute> route;
  mesh::ObjectKey object;  // where the user wrote it ...
  std::string field;       // ... spec.http[0]
};

// The routes of `virtual_service` in order. A delegate that is missing, not exported to the root's namespace, or in conflict
// with its root's match gives no routes, and a note.
std::vector<PlainRoute> plain_routes(RouteScope& scope, const mesh::Object& virtual_service);

}  // namespace amime::translate
