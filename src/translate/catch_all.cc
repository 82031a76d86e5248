#include "translate/catch_all.h"

#include "envoy/config/route/v3/route_components.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/destination.h"
#include "translate/dynamic_dns.h"
#include "translate/names.h"
#include "translate/route_config.h"

// max_grpc_timeout is deprecated, but what replaces it (max_stream_duration) behaves otherwise, and Istio uses this one.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::translate {
namespace {

using envoy::config::route::v3::VirtualHost;
using MeshPolicy = istio::mesh::v1alpha1::MeshConfig::OutboundTrafficPolicy;
using SidecarPolicy = istio::networking::v1alpha3::OutboundTrafficPolicy;

struct Policy {
  bool allow = false;
  std::string cluster{kPassthroughCluster};
  std::string name = "allow_any";
};

Policy mesh_policy(RouteScope& scope) {
  const auto& config = scope.view.mesh_config();
  if (!config.has_outbound_traffic_policy()) return {.allow = true};
  const auto mode = config.outbound_traffic_policy().mode();
  if (mode == MeshPolicy::ALLOW_ANY_DYNAMIC_DNS)
    return {.allow = true, .cluster = std::string(kDynamicDnsCluster), .name = std::string(kDynamicDnsHost)};
  return {.allow = mode != MeshPolicy::REGISTRY_ONLY};
}

Policy policy_of(RouteScope& scope) {
  const mesh::ObjectPtr sidecar = scope.view.sidecar();
  if (sidecar == nullptr) return mesh_policy(scope);
  const auto& spec = sidecar->spec<istio::networking::v1alpha3::Sidecar>();
  if (!spec.has_outbound_traffic_policy()) return mesh_policy(scope);
  scope.from.push_back(sidecar->key);
  const SidecarPolicy& own = spec.outbound_traffic_policy();
  Policy policy{.allow = own.mode() == SidecarPolicy::ALLOW_ANY};
  if (policy.allow && own.has_egress_proxy()) {
    const auto& proxy = own.egress_proxy();
    policy.cluster = outbound_cluster_name(proxy.port().number(), proxy.subset(), proxy.host());
  }
  return policy;
}

}  // namespace

void fill_catch_all(RouteScope& scope, VirtualHost* out) {
  const Policy policy = policy_of(scope);
  out->set_name(policy.allow ? policy.name : "block_all");
  out->add_domains("*");
  auto* route = out->add_routes();
  route->set_name(out->name());
  route->mutable_match()->set_prefix("/");
  if (!policy.allow) {
    route->mutable_direct_response()->set_status(502);
    return;
  }
  auto* action = route->mutable_route();
  action->set_cluster(policy.cluster);
  action->mutable_timeout();
  action->mutable_max_grpc_timeout();
  action->set_append_x_forwarded_host(proxy_headers(scope.view.proxy_config()).forwarded_host);
  scope.clusters.insert(policy.cluster);
}

}  // namespace amime::translate
