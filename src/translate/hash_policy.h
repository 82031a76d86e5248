// DestinationRule.trafficPolicy.loadBalancer.consistentHash -> the hash policy that a route to that destination needs.
#pragma once

#include <cstdint>
#include <string_view>

#include "translate/route_scope.h"

namespace envoy::config::route::v3 {
class RouteAction;
}
namespace istio::networking::v1alpha3 {
class Destination;
}

namespace amime::translate {

// Both return whether the destination is chosen by consistent hashing, and append the policy if so.
// Of a VirtualService's destination: the subset's policy of that port, the subset's, the rule's policy of that port, the
// rule's. A policy of a port counts only where the destination names its port.
bool add_hash_policy(RouteScope& scope, const istio::networking::v1alpha3::Destination& destination,
                     envoy::config::route::v3::RouteAction* action);
// Of a service without VirtualService: the policy of the port, else the rule's.
bool add_service_hash_policy(RouteScope& scope, std::string_view host, std::uint32_t port, envoy::config::route::v3::RouteAction* action);

}  // namespace amime::translate
