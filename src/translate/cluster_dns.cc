#include "envoy/config/cluster/v3/cluster.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/cluster_parts.h"
#include "translate/load_assignment.h"

// Envoy would rather have these in its DnsCluster extension; Istio writes them here, and so do EnvoyFilters that patch them.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::translate {
namespace {

constexpr int kJitterNanos = 100'000'000;  // Istio's: keeps proxies from asking their resolver all at once

void set_resolution(View& view, const MeshConfig& mesh_config, EnvoyCluster& cluster) {
  cluster.set_dns_lookup_family(dns_lookup_family(view));
  // The rate counts for names that do not resolve; answers live as long as they say.
  if (mesh_config.has_dns_refresh_rate()) *cluster.mutable_dns_refresh_rate() = mesh_config.dns_refresh_rate();
  cluster.set_respect_dns_ttl(true);
  cluster.mutable_dns_jitter()->set_nanos(kJitterNanos);
}

// LOGICAL_DNS takes exactly one name; Envoy refuses more.
void keep_first(std::vector<EndpointGroup>& groups) {
  groups.resize(1);
  groups.front().members.resize(1);
  groups.front().priority = 0;
  sum_weight(groups.front());
}

}  // namespace

EnvoyCluster::DnsLookupFamily dns_lookup_family(View& view) {
  if (!view.proxy_ipv6()) return EnvoyCluster::V4_ONLY;
  return view.proxy_ipv4() ? EnvoyCluster::ALL : EnvoyCluster::V6_ONLY;
}

bool make_dns_cluster(View& view, ClusterKind kind, const mesh::Service& service, const mesh::EndpointSet& endpoints,
                      std::string_view subset, const ::istio::networking::v1alpha3::DestinationRule* rule, const LocalityLb& locality,
                      bool outlier_detection, bool finds_out_tls, EnvoyCluster& cluster) {
  auto groups = group_endpoints(view, service, endpoints, find_subset(rule, subset), true, true);
  if (groups.empty()) return false;
  if (kind == ClusterKind::kLogicalDns) {
    keep_first(groups);
  } else {
    apply_locality_lb(view, locality, outlier_detection, groups);
  }
  cluster.set_type(kind == ClusterKind::kLogicalDns ? EnvoyCluster::LOGICAL_DNS : EnvoyCluster::STRICT_DNS);
  set_resolution(view, view.mesh_config(), cluster);
  cluster.mutable_load_assignment()->set_cluster_name(cluster.name());
  write_groups(view, groups, finds_out_tls, *cluster.mutable_load_assignment());
  return true;
}

}  // namespace amime::translate
