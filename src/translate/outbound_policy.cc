#include "translate/outbound_policy.h"

#include "mesh/mesh.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/names.h"

namespace amime::translate {

using istio::mesh::v1alpha1::MeshConfig_OutboundTrafficPolicy;
using istio::networking::v1alpha3::OutboundTrafficPolicy;
using istio::networking::v1alpha3::Sidecar;

std::string unknown_traffic_cluster(View& view) {
  const auto sidecar = view.sidecar();
  if (!sidecar || !sidecar->spec<Sidecar>().has_outbound_traffic_policy()) {
    const bool any = view.mesh_config().outbound_traffic_policy().mode() != MeshConfig_OutboundTrafficPolicy::REGISTRY_ONLY;
    return std::string(any ? kPassthroughCluster : kBlackHoleCluster);
  }
  const OutboundTrafficPolicy& policy = sidecar->spec<Sidecar>().outbound_traffic_policy();
  if (policy.mode() != OutboundTrafficPolicy::ALLOW_ANY) return std::string(kBlackHoleCluster);
  if (!policy.has_egress_proxy()) return std::string(kPassthroughCluster);
  const auto& proxy = policy.egress_proxy();
  return outbound_cluster_name(proxy.port().number(), proxy.subset(), mesh::resolve_host(proxy.host(), sidecar->key.ns));
}

}  // namespace amime::translate
