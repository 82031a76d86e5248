#include "translate/load_assignment.h"

#include <algorithm>
#include <map>
#include <string>

#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/authn/client_tls.h"
#include "translate/socket_address.h"
#include "translate/telemetry/metrics.h"
#include "translate/telemetry/peer.h"
#include "translate/topology.h"

namespace amime::translate {
namespace {

namespace core = ::envoy::config::core::v3;
namespace endpoint = ::envoy::config::endpoint::v3;

// A Service with this label keeps sessions at draining endpoints (Istio's persistent sessions).
constexpr std::string_view kPersistentSession = "istio.io/persistent-session";
constexpr std::string_view kPersistentSessionHeader = "istio.io/persistent-session-header";

core::HealthStatus health_of(const mesh::Endpoint& endpoint) {
  if (endpoint.healthy) return core::UNKNOWN;  // what Envoy takes for healthy, and the default
  return endpoint.draining ? core::DRAINING : core::UNHEALTHY;
}

bool keeps_sessions(const mesh::Service& service) {
  const auto set = [&](std::string_view label) {
    const auto found = service.labels.find(label);
    return found != service.labels.end() && !found->second.empty();
  };
  return set(kPersistentSession) || set(kPersistentSessionHeader);
}

bool usable(const mesh::Service& service, const mesh::Endpoint& endpoint, bool unready) {
  switch (health_of(endpoint)) {
    case core::UNKNOWN: return true;
    case core::DRAINING: return keeps_sessions(service);
    default: return unready;
  }
}

bool in_subset(const mesh::Endpoint& endpoint, const ::istio::networking::v1alpha3::Subset* subset) {
  if (!subset) return true;
  return std::all_of(subset->labels().begin(), subset->labels().end(),
                     [&](const auto& label) { return label_value(endpoint, label.first) == label.second; });
}

void write_endpoint(const mesh::Endpoint& from, bool peers, MutualEndpoints* mutual, endpoint::LbEndpoint& to) {
  set_address(from.address, from.port, to.mutable_endpoint()->mutable_address());
  if (health_of(from) != core::UNKNOWN) to.set_health_status(health_of(from));
  if (weight_of(from) != 1) to.mutable_load_balancing_weight()->set_value(weight_of(from));
  if (peers) set_peer(from, to.mutable_metadata());
  if (mutual && mutual->takes(from)) mark_mutual(to.mutable_metadata());
}

}  // namespace

bool sends_unready(const mesh::Service& service, const TrafficSettings& settings) {
  if (traffic_distribution(service) != TrafficDistribution::kAny) return true;
  return !settings.outlier_detection || settings.outlier_detection->min_health_percent() <= 0;
}

std::vector<EndpointGroup> group_endpoints(View& view, const mesh::Service& service, const mesh::EndpointSet& endpoints,
                                           const ::istio::networking::v1alpha3::Subset* subset, bool names, bool unready) {
  const std::string node = service.node_local ? proxy_label_value(view, std::string(kHostnameLabel)) : std::string();
  std::map<mesh::Locality, EndpointGroup> by_locality;
  for (const auto& candidate : endpoints.endpoints) {
    const bool addressable = names || is_unix(candidate.address) || is_ip(candidate.address);
    if (!addressable || !usable(service, candidate, unready) || !in_subset(candidate, subset)) continue;
    if (service.node_local && candidate.node_name != node) continue;
    by_locality[candidate.locality].members.push_back(&candidate);
  }
  std::vector<EndpointGroup> groups;
  for (auto& [locality, group] : by_locality) {
    group.locality = locality;
    sum_weight(group);
    groups.push_back(std::move(group));
  }
  return groups;
}

void write_groups(View& view, const std::vector<EndpointGroup>& groups, bool finds_out_tls, endpoint::ClusterLoadAssignment& assignment) {
  const bool peers = tells_peers_apart(view);
  MutualEndpoints mutual(view);
  for (const auto& group : groups) {
    auto* written = assignment.add_endpoints();
    if (group.locality != mesh::Locality{}) {
      written->mutable_locality()->set_region(group.locality.region);
      written->mutable_locality()->set_zone(group.locality.zone);
      written->mutable_locality()->set_sub_zone(group.locality.subzone);
    }
    written->mutable_load_balancing_weight()->set_value(group.weight);
    written->set_priority(group.priority);
    for (const auto* member : group.members)
      write_endpoint(*member, peers, finds_out_tls ? &mutual : nullptr, *written->add_lb_endpoints());
  }
}

}  // namespace amime::translate
