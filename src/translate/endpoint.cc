#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/authn/client_tls.h"
#include "translate/cluster_parts.h"
#include "translate/load_assignment.h"
#include "translate/names.h"
#include "translate/rules.h"

namespace amime::translate {
namespace {

// The service's endpoints that this client is to use; empty where there are none (left).
struct Groups {
  mesh::EndpointSetPtr endpoints;  // which the groups point into
  bool finds_out_tls = false;      // the cluster is told which of them take mutual TLS
  std::vector<EndpointGroup> groups;
};

Groups wanted_groups(View& view, const mesh::Service& service, std::uint32_t port, std::string_view subset, bool sni) {
  const auto policy = view.destination(service.host);
  const auto* rule = policy ? policy->rule.get() : nullptr;
  const auto* found = find_subset(rule, subset);
  if (!subset.empty() && !found) return {};
  // MeshConfig's default outlierDetection ejects, but does not order places by distance: Istio's behaviour.
  const TrafficSettings settings = settings_of_rule(rule, nullptr, port, subset);
  Groups out{view.endpoints(service.host, port), !sni && finds_out_mutual_tls(view, service, settings), {}};
  if (sni) out.endpoints = with_mutual_tls(*out.endpoints, settings);
  out.groups = group_endpoints(view, service, *out.endpoints, found, false, sends_unready(service, settings));
  const LocalityLb locality = locality_lb(settings.load_balancer, service, view.mesh_config());
  apply_locality_lb(view, locality, settings.outlier_detection != nullptr, out.groups);
  return out;
}

void build(View& view, std::string_view subject, bool sni, Product& product) {
  const auto parts = split_subject(subject, 3);
  const auto port = static_cast<std::uint32_t>(std::stoul(std::string(parts[0])));
  ::envoy::config::endpoint::v3::ClusterLoadAssignment assignment;
  assignment.set_cluster_name((sni ? sni_cluster_name : outbound_cluster_name)(port, parts[1], parts[2]));
  std::vector<mesh::ObjectKey> from;
  if (const mesh::ServicePtr service = view.service(parts[2])) {
    from.push_back(service->source);
    const Groups wanted = wanted_groups(view, *service, port, parts[1], sni);
    write_groups(view, wanted.groups, wanted.finds_out_tls, assignment);
  }
  product.resources.push_back(make_resource(Type::kEndpoint, assignment.cluster_name(), assignment, {}, std::move(from)));
}

}  // namespace

// Subject PORT|SUBSET|HOST: the ClusterLoadAssignment of the cluster of that name. It exists as long as the cluster does,
// empty or not: Envoy would wait for it.
void cluster_endpoints(View& view, std::string_view subject, Product& product) { build(view, subject, false, product); }

// The same for an east-west gateway's cluster.
void sni_endpoints(View& view, std::string_view subject, Product& product) { build(view, subject, true, product); }

}  // namespace amime::translate
