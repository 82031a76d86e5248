// The route table of an inbound HTTP filter chain: one virtual host that sends everything to the application's cluster.
// It stands inline in the listener. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "mesh/model.h"

namespace envoy::config::route::v3 {
class RouteConfiguration;
}
namespace istio::mesh::v1alpha1 {
class MeshConfig;
}

namespace amime::translate {

struct InboundRoute {
  std::string_view cluster;        // inbound|9080|| or InboundPassthroughCluster; also the table's name
  std::string_view host;           // the service, for traces (operation HOST:PORT/*); SIDECAR.NAMESPACE for Sidecar.ingress,
                                   // empty for ports that no Service names
  std::uint32_t service_port = 0;  // the service's own port (0: none), also in the virtual host's name: inbound|http|9080
  mesh::Protocol protocol = mesh::Protocol::kUnset;
};

// Fills `*table`: no timeout, gRPC included; requests that were reset before the application saw them are retried twice, but
// never on gRPC ports. `mesh_config` has no say in it yet: the API of this version has no field for inbound retries.
void fill_inbound_table(const InboundRoute& route, const istio::mesh::v1alpha1::MeshConfig& mesh_config,
                        envoy::config::route::v3::RouteConfiguration* table);

}  // namespace amime::translate
