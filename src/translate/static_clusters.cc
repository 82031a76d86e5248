#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/cluster_parts.h"
#include "translate/dynamic_dns.h"
#include "translate/names.h"
#include "translate/patch/patch_cluster.h"
#include "translate/rules.h"
#include "translate/telemetry/metrics.h"
#include "translate/telemetry/peer.h"

namespace amime::translate {
namespace {

constexpr std::int64_t kPassthroughIdleSeconds = 300;

// Interception leaves these source addresses alone, so that connections to the own workload do not come back.
constexpr const char* kInboundSource4 = "127.0.0.6";
constexpr const char* kInboundSource6 = "::6";

// No endpoints: where routes lead that may lead nowhere.
EnvoyCluster black_hole(View& view) {
  const MeshConfig& mesh_config = view.mesh_config();
  EnvoyCluster cluster;
  cluster.set_name(std::string(kBlackHoleCluster));
  cluster.set_type(EnvoyCluster::STATIC);
  if (mesh_config.has_connect_timeout()) *cluster.mutable_connect_timeout() = mesh_config.connect_timeout();
  if (tells_peers_apart(view)) set_peer_service("", cluster.name(), "", cluster.mutable_metadata());
  return cluster;
}

// The address that the client dialled, in the client's own protocol. Limits: MeshConfig.defaultTrafficPolicy's only.
EnvoyCluster passthrough(View& view, std::string_view name) {
  const MeshConfig& mesh_config = view.mesh_config();
  EnvoyCluster cluster;
  HttpOptions http;
  cluster.set_name(std::string(name));
  cluster.set_type(EnvoyCluster::ORIGINAL_DST);
  cluster.set_lb_policy(EnvoyCluster::CLUSTER_PROVIDED);
  set_upstream_protocol(mesh::Protocol::kUnset, true, view.proxy_config(), http);
  http.mutable_common_http_protocol_options()->mutable_idle_timeout()->set_seconds(kPassthroughIdleSeconds);
  TrafficSettings settings;
  if (mesh_config.default_traffic_policy().has_connection_pool())
    settings.connection_pool = &mesh_config.default_traffic_policy().connection_pool();
  apply_connection_pool(settings, mesh_config, cluster, http);
  finish_http_options(http, cluster);
  if (tells_peers_apart(view)) set_peer_service("", name, "", cluster.mutable_metadata());
  return cluster;
}

}  // namespace

void bind_to_inbound_source(bool ipv4, bool ipv6, EnvoyCluster& cluster) {
  auto* bind = cluster.mutable_upstream_bind_config();
  bind->mutable_source_address()->set_address(ipv4 || !ipv6 ? kInboundSource4 : kInboundSource6);
  bind->mutable_source_address()->set_port_value(0);
  if (!ipv4 || !ipv6) return;
  auto* extra = bind->add_extra_source_addresses()->mutable_address();
  extra->set_address(kInboundSource6);
  extra->set_port_value(0);
}

// Subject "": BlackHoleCluster for every proxy; PassthroughCluster, InboundPassthroughCluster and where it is asked for
// AllowAnyDynamicDNSCluster for sidecars, as routers have no captured traffic to pass through.
void static_clusters(View& view, std::string_view, Product& product) {
  const PatchContext context = view.is_router() ? PatchContext::kGateway : PatchContext::kOutbound;
  emit_cluster(view, context, {}, black_hole(view), {}, {}, product);
  if (view.is_router()) return;
  emit_cluster(view, context, {}, passthrough(view, kPassthroughCluster), {}, {}, product);
  if (resolves_unknown_hosts(view)) emit_dynamic_dns_cluster(view, product);
  EnvoyCluster inbound = passthrough(view, kInboundPassthroughCluster);
  bind_to_inbound_source(view.proxy_ipv4(), view.proxy_ipv6(), inbound);
  emit_cluster(view, PatchContext::kInbound, {}, std::move(inbound), {}, {}, product);
}

}  // namespace amime::translate
