// Rules of an HTTPRoute or GRPCRoute as HTTPRoutes of a VirtualService, one a match, so that each can be ordered by itself.
#pragma once

#include <memory>
#include <vector>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/status.h"

namespace istio::networking::v1alpha3 {
class HTTPRoute;
}

namespace amime::source::gateway_api {

using HttpRoutePtr = std::shared_ptr<const istio::networking::v1alpha3::HTTPRoute>;

struct HttpRules {
  std::vector<HttpRoutePtr> routes;   // in the order of the spec
  std::vector<Condition> conditions;  // ResolvedRefs, if something is wrong
};
// `grants`: backends of other namespaces need a ReferenceGrant.
HttpRules convert_rules(Reads& reads, const mesh::Object& route, bool grants);

}  // namespace amime::source::gateway_api
