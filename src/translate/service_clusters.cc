#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/cluster_parts.h"
#include "translate/names.h"
#include "translate/rules.h"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;

bool passes_through(const TrafficSettings& settings) {
  return settings.load_balancer && settings.load_balancer->simple() == api::LoadBalancerSettings::PASSTHROUGH;
}

// Headless services and ServiceEntry NONE: the client dialled an endpoint itself.
ClusterKind dialled_kind(View& view, const mesh::Service& service) {
  if (view.is_router()) return ClusterKind::kEds;
  if (service.kubernetes && !view.bind_address().empty()) return ClusterKind::kEds;
  return ClusterKind::kOriginalDst;
}

ClusterKind resolved_kind(View& view, const mesh::Service& service) {
  switch (service.resolution) {
    case mesh::Resolution::kStatic: return ClusterKind::kEds;
    case mesh::Resolution::kDns: return ClusterKind::kStrictDns;
    case mesh::Resolution::kDnsRoundRobin: return ClusterKind::kLogicalDns;
    case mesh::Resolution::kPassthrough: return dialled_kind(view, service);
    case mesh::Resolution::kDynamicDns: return view.is_router() ? ClusterKind::kNone : ClusterKind::kDynamicDns;
    case mesh::Resolution::kAlias: return ClusterKind::kNone;
  }
  return ClusterKind::kNone;
}

void emit(View& view, const mesh::Service& service, const mesh::ServicePort& port, const api::DestinationRule* rule,
          std::string_view subset, Product& product) {
  const ClusterKind kind = cluster_kind(view, service, settings_of_rule(rule, nullptr, port.port, subset));
  if (kind == ClusterKind::kNone || (kind == ClusterKind::kDynamicDns && !subset.empty())) return;
  const std::string subject = join_subject({std::to_string(port.port), subset, service.host});
  product.children.push_back({RuleId::kCluster, subject});
  if (kind == ClusterKind::kEds) product.children.push_back({RuleId::kClusterEndpoints, subject});
}

void note_dynamic_dns(View& view, const mesh::Service& service, const mesh::DestinationPolicy* policy, Product& product) {
  if (view.is_router())
    product.notes.push_back({service.source, "not-honoured", "spec.resolution", "DYNAMIC_DNS is for sidecars: gateways find no cluster"});
  if (policy && policy->rule->subsets_size() > 0 && !policy->from.empty())
    product.notes.push_back({policy->from.front(), "not-honoured", "spec.subsets", "a host of resolution DYNAMIC_DNS has no subsets"});
}

}  // namespace

ClusterKind cluster_kind(View& view, const mesh::Service& service, const TrafficSettings& settings) {
  const ClusterKind kind = resolved_kind(view, service);
  return kind != ClusterKind::kNone && kind != ClusterKind::kDynamicDns && passes_through(settings) ? ClusterKind::kOriginalDst : kind;
}

// Subject HOST. One cluster a port, and one a port and subset of the DestinationRule (subsets).
void service_clusters(View& view, std::string_view subject, Product& product) {
  const mesh::ServicePtr service = view.service(subject);
  if (!service) return;
  const auto policy = view.destination(subject);
  const auto* rule = policy ? policy->rule.get() : nullptr;
  if (service->resolution == mesh::Resolution::kDynamicDns) note_dynamic_dns(view, *service, policy.get(), product);
  for (const auto& port : service->ports) {
    if (port.protocol == mesh::Protocol::kUdp) continue;
    emit(view, *service, port, rule, "", product);
    if (!rule) continue;
    for (const auto& subset : rule->subsets())
      if (find_subset(rule, subset.name()) == &subset) emit(view, *service, port, rule, subset.name(), product);
  }
}

}  // namespace amime::translate
