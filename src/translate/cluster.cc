#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/authn/client_tls.h"
#include "translate/cluster_parts.h"
#include "translate/dynamic_dns.h"
#include "translate/names.h"
#include "translate/patch/patch_cluster.h"
#include "translate/rules.h"

// outlierDetection.consecutiveErrors is read only to say that it does nothing.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::translate {
namespace {

// All that shapes one outbound cluster.
struct Outbound {
  bool sni = false;  // of an east-west gateway: hands on what clients encrypt for the endpoints
  mesh::ServicePtr service;
  const mesh::ServicePort* port = nullptr;
  std::string subset;
  EffectivePolicy effective;
  ClusterKind kind = ClusterKind::kNone;
  LocalityLb locality;
  const ::istio::networking::v1alpha3::DestinationRule* rule() const { return effective.policy ? effective.policy->rule.get() : nullptr; }
};

// False where the service, port or subset is gone: then there is no such cluster.
bool load(View& view, std::string_view subject, Outbound& out) {
  const auto parts = split_subject(subject, 3);
  const auto number = static_cast<std::uint32_t>(std::stoul(std::string(parts[0])));
  out.subset = parts[1];
  out.service = view.service(parts[2]);
  out.port = out.service ? out.service->port(number) : nullptr;
  if (!out.port) return false;
  out.effective = effective_policy(view, parts[2], number, out.subset);
  if (!out.subset.empty() && !find_subset(out.rule(), out.subset)) return false;
  out.kind = cluster_kind(view, *out.service, out.effective.settings);
  out.locality = locality_lb(out.effective.settings.load_balancer, *out.service, view.mesh_config());
  return out.kind != ClusterKind::kNone;
}

// ServiceEntry NONE with targetPort: the client's address, but this port.
void set_original_dst(const mesh::Service& service, const mesh::ServicePort& port, EnvoyCluster& cluster) {
  cluster.set_type(EnvoyCluster::ORIGINAL_DST);
  if (!service.kubernetes && port.target_port != 0 && service.resolution == mesh::Resolution::kPassthrough)
    cluster.mutable_original_dst_lb_config()->mutable_upstream_port_override()->set_value(port.target_port);
}

// Endpoints travel on their own, over the same stream; Envoy waits for them as long as it takes.
void set_eds(EnvoyCluster& cluster) {
  cluster.set_type(EnvoyCluster::EDS);
  auto* eds = cluster.mutable_eds_cluster_config();
  eds->set_service_name(cluster.name());
  eds->mutable_eds_config()->mutable_ads();
  eds->mutable_eds_config()->mutable_initial_fetch_timeout();
  eds->mutable_eds_config()->set_resource_api_version(::envoy::config::core::v3::V3);
}

bool set_discovery(View& view, const Outbound& out, EnvoyCluster& cluster) {
  switch (out.kind) {
    case ClusterKind::kEds: set_eds(cluster); return true;
    case ClusterKind::kOriginalDst: set_original_dst(*out.service, *out.port, cluster); return true;
    case ClusterKind::kStrictDns:
    case ClusterKind::kLogicalDns: {
      auto endpoints = view.endpoints(out.service->host, out.port->port);
      if (out.sni) endpoints = with_mutual_tls(*endpoints, out.effective.settings);
      return make_dns_cluster(view, out.kind, *out.service, *endpoints, out.subset, out.rule(), out.locality,
                              out.effective.settings.outlier_detection != nullptr,
                              !out.sni && finds_out_mutual_tls(view, *out.service, out.effective.settings), cluster);
    }
    case ClusterKind::kDynamicDns: return true;  // by set_dynamic_dns()
    case ClusterKind::kNone: break;
  }
  return false;
}

void add_metadata(View& view, const Outbound& out, EnvoyCluster& cluster) {
  add_service_metadata(view, *out.service, cluster);
  if (out.service->mesh_external && out.subset.empty()) add_istio_flag("external", cluster);
  if (out.effective.policy) add_rule_metadata(*out.effective.policy, out.subset, cluster);
}

// Envoy warms endpoints up only where it counts or takes turns.
bool warms_in_vain(const TrafficSettings& settings) {
  const auto* balancer = settings.load_balancer;
  if (!balancer || (!balancer->has_warmup() && !balancer->has_warmup_duration_secs())) return false;
  return balancer->has_consistent_hash() || balancer->simple() == ::istio::networking::v1alpha3::LoadBalancerSettings::RANDOM;
}

// Of the rule, or of the mesh where the rule says nothing of it.
void note_zone_aware(const Outbound& out, Product& product) {
  constexpr const char* kText = "regions fail over as set, but zones are balanced only by proxies whose bootstrap names a local cluster";
  const auto* balancer = out.effective.settings.load_balancer;
  if (balancer && balancer->has_zone_aware_lb_setting())
    note_policy(out.effective, "loadBalancer.zoneAwareLbSetting", kText, product);
  else
    product.notes.push_back({{mesh::Kind::kMeshConfig, "", "istio"}, "not-honoured", "zoneAwareLbSetting", kText});
}

void note_unhonoured(const Outbound& out, Product& product) {
  if (warms_in_vain(out.effective.settings))
    note_policy(out.effective, "loadBalancer.warmup", "counts for LEAST_REQUEST and ROUND_ROBIN only", product);
  if (out.effective.settings.outlier_detection && out.effective.settings.outlier_detection->consecutive_errors() > 0)
    note_policy(out.effective, "outlierDetection.consecutiveErrors", "deprecated, and without effect: use consecutive5xxErrors", product);
  if (out.effective.settings.retry_budget && out.effective.settings.retry_budget->has_budget_interval())
    note_policy(out.effective, "retryBudget.budgetInterval", "the budget always counts the requests in flight", product);
  if (out.locality.kind == LocalityLb::Kind::kZoneAware && out.locality.routing_enabled) note_zone_aware(out, product);
}

void build(View& view, Outbound out, Product& product) {
  const MeshConfig& mesh_config = view.mesh_config();
  const TrafficSettings& settings = out.effective.settings;
  const bool sidecar = !view.is_router();
  EnvoyCluster cluster;
  HttpOptions http;
  std::vector<std::string> refs;
  const auto name_of = out.sni ? sni_cluster_name : outbound_cluster_name;
  cluster.set_name(name_of(out.port->port, out.subset, out.service->host));
  if (!set_discovery(view, out, cluster)) return;
  set_stat_name(mesh_config.outbound_cluster_stat_name(), *out.service, out.subset, *out.port, 0, cluster);
  set_upstream_protocol(out.port->protocol, sidecar, view.proxy_config(), http);
  upgrade_to_http2(settings, out.port->protocol, mesh_config, http);
  apply_connection_pool(settings, mesh_config, cluster, http);
  apply_outlier_detection(settings, *out.service, cluster, http);
  if (out.kind != ClusterKind::kDynamicDns) apply_load_balancer(settings, out.locality, cluster);
  if (!out.sni) {
    const MutualClient client{*out.service, out.port->port, out.subset, out.kind, settings};
    if (out.kind == ClusterKind::kDynamicDns || !apply_mutual_tls(view, client, speaks_http2(http), cluster))
      apply_upstream_tls(settings, {sidecar, out.service.get(), out.effective.policy.get()}, mesh_config, cluster, http, product, refs);
    apply_proxy_protocol(settings, cluster);
    note_unhonoured(out, product);
  }
  if (out.kind == ClusterKind::kDynamicDns) set_dynamic_dns(view, http, cluster);
  add_metadata(view, out, cluster);
  finish_http_options(http, cluster);
  std::vector<mesh::ObjectKey> from{out.service->source};
  if (out.effective.policy) from.insert(from.end(), out.effective.policy->from.begin(), out.effective.policy->from.end());
  emit_cluster(view, sidecar ? PatchContext::kOutbound : PatchContext::kGateway, {}, std::move(cluster), std::move(refs), std::move(from),
               product);
}

}  // namespace

// Subject PORT|SUBSET|HOST: cluster outbound|PORT|SUBSET|HOST, from the service and its DestinationRule's trafficPolicy,
// portLevelSettings and subsets.
void outbound_cluster(View& view, std::string_view subject, Product& product) {
  Outbound out;
  if (load(view, subject, out)) build(view, std::move(out), product);
}

// Subject PORT|SUBSET|HOST: cluster outbound_.PORT_.SUBSET_.HOST, the same but for tls and proxyProtocol: what it sends on is
// between the client and the endpoint.
void sni_cluster(View& view, std::string_view subject, Product& product) {
  Outbound out;
  out.sni = true;
  if (load(view, subject, out)) build(view, std::move(out), product);
}

}  // namespace amime::translate
