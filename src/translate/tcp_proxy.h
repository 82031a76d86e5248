// The TCP proxy of a filter chain: where it sends, how long it waits, what it logs. One rule's run.
//
// Fields: VirtualService tcp/tls route (destination, weight); DestinationRule trafficPolicy.connectionPool.tcp
// (idleTimeout, maxConnectionDuration), loadBalancer.consistentHash.useSourceIp, tunnel.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/model.h"
#include "translate/chain.h"
#include "translate/listener_class.h"
#include "translate/view.h"

namespace google::protobuf {
template <typename T>
class RepeatedPtrField;
}
namespace istio::networking::v1alpha3 {
class Destination;
class RouteDestination;
}  // namespace istio::networking::v1alpha3

namespace amime::translate {

struct TcpTarget {
  struct Cluster {
    std::string name;
    std::uint32_t weight = 0;
  };
  std::string stat_prefix;
  std::vector<Cluster> clusters;      // one: it takes everything
  std::string subset;                 // of the only cluster
  mesh::DestinationPolicyPtr policy;  // of the first destination's host; null: none
  bool tunnels = true;                // as the policy's trafficPolicy.tunnel says
};

// One cluster, with the DestinationRule of `host`, if there is one.
TcpTarget target_of_service(View& view, std::string_view host, std::uint32_t port);
// Routes of a VirtualService `vs`; `listener_port` counts where a destination names no port and has several. Nothing: all
// weights are zero.
std::optional<TcpTarget> target_of_routes(View& view,
                                          const google::protobuf::RepeatedPtrField<istio::networking::v1alpha3::RouteDestination>& routes,
                                          const mesh::ObjectKey& vs, std::uint32_t listener_port);
// The cluster that a destination means; short names are looked up in `ns`.
std::string destination_cluster(View& view, const istio::networking::v1alpha3::Destination& destination, std::string_view ns,
                                std::uint32_t listener_port);

// Appends the filters to the chain, and what they name to its refs.
void add_tcp_proxy(View& view, ListenerClass listener_class, const TcpTarget& target, mesh::Protocol protocol, Chain* chain);
// An outbound TCP proxy that knows nothing but a cluster (passthrough, black hole). Loops back to a listener's own port are not logged.
void add_plain_tcp_proxy(View& view, std::string_view cluster, bool log, Chain* chain);

}  // namespace amime::translate
