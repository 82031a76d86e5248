// Destination (host, subset, port) -> the name of its cluster.
#pragma once

#include <string>

#include "mesh/object.h"
#include "translate/route_scope.h"

namespace istio::networking::v1alpha3 {
class Destination;
}

namespace amime::translate {

// The port that is left out is the service's only one, else the listener's; for an ExternalName the host is the one that it
// stands for. The cluster need not exist: Envoy answers 503 NC there, and a note "dangling" with the field says what is missing.
// `field` is the Destination's path; the name is recorded in scope.clusters.
std::string destination_cluster(RouteScope& scope, const istio::networking::v1alpha3::Destination& destination,
                                const mesh::ObjectKey& object, const std::string& field);

}  // namespace amime::translate
