#include "translate/dynamic_dns.h"

#include <fmt/format.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/listener/v3/listener_components.pb.h"
#include "envoy/extensions/clusters/dynamic_forward_proxy/v3/cluster.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "translate/cluster_parts.h"
#include "translate/envoy_any.h"
#include "translate/pack.h"
#include "translate/patch/patch_cluster.h"

namespace amime::translate {
namespace {

using envoy::extensions::common::dynamic_forward_proxy::v3::DnsCacheConfig;
using istio::mesh::v1alpha1::MeshConfig_OutboundTrafficPolicy;

constexpr const char* kHttpFilter = "envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig";
constexpr const char* kSniFilter = "envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig";
constexpr std::uint32_t kMostHosts = 1024;
constexpr std::int64_t kIdleSeconds = 300;  // as PassthroughCluster

}  // namespace

bool resolves_unknown_hosts(View& view) {
  if (view.mesh_config().outbound_traffic_policy().mode() != MeshConfig_OutboundTrafficPolicy::ALLOW_ANY_DYNAMIC_DNS) return false;
  if (view.is_router()) return false;
  const auto sidecar = view.sidecar();
  return !sidecar || !sidecar->spec<istio::networking::v1alpha3::Sidecar>().has_outbound_traffic_policy();
}

DnsCachePtr dns_cache(View& view) {
  auto out = std::make_shared<DnsCacheConfig>();
  out->set_name("allow_any_dfp_dns_cache");
  out->set_dns_lookup_family(dns_lookup_family(view));
  out->mutable_max_hosts()->set_value(kMostHosts);
  return out;
}

DnsCachePtr filters_dns_cache(View& view) { return view.can_load(kHttpFilter) ? dns_cache(view) : nullptr; }

void add_dynamic_dns(const DnsCacheConfig& cache,
                     envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm) {
  auto* filter = hcm->add_http_filters();
  filter->set_name("envoy.filters.http.dynamic_forward_proxy");
  pack_json(kHttpFilter, fmt::format(R"({{"dns_cache_config": {}}})", to_json(cache)), filter->mutable_typed_config());
}

void add_sni_dynamic_dns(View& view, std::uint32_t port, envoy::config::listener::v3::FilterChain* chain) {
  if (!view.can_load(kSniFilter)) return;  // the cluster is not there then
  auto* filter = chain->add_filters();
  filter->set_name("envoy.filters.network.sni_dynamic_forward_proxy");
  pack_json(kSniFilter, fmt::format(R"({{"dns_cache_config": {}, "port_value": {}}})", to_json(*dns_cache(view)), port),
            filter->mutable_typed_config());
}

void set_dynamic_dns(View& view, const HttpOptions& http, EnvoyCluster& cluster) {
  envoy::extensions::clusters::dynamic_forward_proxy::v3::ClusterConfig config;
  *config.mutable_dns_cache_config() = *dns_cache(view);
  const auto& names = http.upstream_http_protocol_options();
  const bool checked = names.auto_sni() && names.auto_san_validation();
  config.set_allow_insecure_cluster_options(!checked);
  cluster.set_lb_policy(EnvoyCluster::CLUSTER_PROVIDED);
  cluster.mutable_cluster_type()->set_name("envoy.clusters.dynamic_forward_proxy");
  pack(config, cluster.mutable_cluster_type()->mutable_typed_config());
}

void emit_dynamic_dns_cluster(View& view, Product& product) {
  const MeshConfig& mesh_config = view.mesh_config();
  EnvoyCluster cluster;
  HttpOptions http;
  std::vector<std::string> refs;
  cluster.set_name(std::string(kDynamicDnsCluster));
  cluster.set_alt_stat_name(cluster.name() + ";");
  set_upstream_protocol(mesh::Protocol::kUnset, true, view.proxy_config(), http);
  http.mutable_common_http_protocol_options()->mutable_idle_timeout()->set_seconds(kIdleSeconds);
  TrafficSettings settings;
  if (mesh_config.default_traffic_policy().has_connection_pool())
    settings.connection_pool = &mesh_config.default_traffic_policy().connection_pool();
  if (mesh_config.outbound_traffic_policy().has_tls()) settings.tls = &mesh_config.outbound_traffic_policy().tls();
  apply_connection_pool(settings, mesh_config, cluster, http);
  apply_upstream_tls(settings, {true, nullptr, nullptr}, mesh_config, cluster, http, product, refs);
  set_dynamic_dns(view, http, cluster);
  finish_http_options(http, cluster);
  emit_cluster(view, PatchContext::kOutbound, {}, std::move(cluster), std::move(refs), {}, product);
}

}  // namespace amime::translate
