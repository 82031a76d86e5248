#include "translate/sni_clusters.h"

#include <algorithm>
#include <set>

#include "envoy/config/listener/v3/listener_components.pb.h"
#include "mesh/mesh.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "translate/authn/client_tls.h"
#include "translate/authn/mutual_tls.h"
#include "translate/cluster_parts.h"
#include "translate/names.h"
#include "translate/plugin_filters.h"
#include "translate/rules.h"
#include "translate/tcp_proxy.h"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;

// Calls `each` with every port and subset ("": all) of which there is a cluster.
template <class Each>
void for_each_cluster(View& view, const mesh::Service& service, const mesh::DestinationPolicy* policy, Each each) {
  const auto* rule = policy ? policy->rule.get() : nullptr;
  const auto has_cluster = [&](const mesh::ServicePort& port, std::string_view subset) {
    return cluster_kind(view, service, settings_of_rule(rule, nullptr, port.port, subset)) != ClusterKind::kNone;
  };
  for (const auto& port : service.ports) {
    if (port.protocol == mesh::Protocol::kUdp) continue;
    if (has_cluster(port, "")) each(port, std::string());
    if (!rule) continue;
    for (const auto& subset : rule->subsets())
      if (find_subset(rule, subset.name()) == &subset && has_cluster(port, subset.name())) each(port, subset.name());
  }
}

}  // namespace

bool is_auto_passthrough(const api::Server& server) {
  return server.has_tls() && server.tls().mode() == api::ServerTLSSettings::AUTO_PASSTHROUGH;
}

mesh::EndpointSetPtr with_mutual_tls(const mesh::EndpointSet& endpoints, const TrafficSettings& settings) {
  auto out = std::make_shared<mesh::EndpointSet>();
  if (settings.tls && settings.tls->mode() != api::ClientTLSSettings::ISTIO_MUTUAL) return out;
  std::copy_if(endpoints.endpoints.begin(), endpoints.endpoints.end(), std::back_inserter(out->endpoints),
               [](const mesh::Endpoint& endpoint) { return has_mutual_label(*endpoint.labels); });
  return out;
}

std::vector<mesh::ServicePtr> auto_passthrough_services(View& view, const GatewayServer& server) {
  const auto hosts = server.sni_hosts();
  std::vector<mesh::ServicePtr> out;
  std::set<std::string_view> seen;
  for (const auto& service : view.visible_services()) {
    const auto covers = [&](const std::string& host) { return mesh::host_matches(host, service->host); };
    if (!service->mesh_external && std::any_of(hosts.begin(), hosts.end(), covers) && seen.insert(service->host).second)
      out.push_back(service);
  }
  return out;
}

std::vector<Chain> auto_passthrough_chains(View& view, const GatewayServer& server, std::uint32_t listener_port, const Judges& judges) {
  std::vector<Chain> out;
  for (const auto& service : auto_passthrough_services(view, server)) {
    const auto policy = view.destination(service->host);
    for_each_cluster(view, *service, policy.get(), [&](const mesh::ServicePort& port, const std::string& subset) {
      const std::string cluster = sni_cluster_name(port.port, subset, service->host);
      Chain chain;
      chain.proto = std::make_shared<envoy::config::listener::v3::FilterChain>();
      chain.owner = service->host;
      chain.from = {server.gateway->key};
      chain.match.sni_hosts = {cluster};
      // A gateway cannot look inside; with endpoints that speak mutual TLS as well, nobody gets past it in plain text.
      chain.match.application_protocols = kMutualTlsProtocols;
      add_network_plugins(view, ListenerClass::kGateway, listener_port, &judges, chain.proto.get());
      add_tcp_proxy(view, ListenerClass::kGateway, {cluster, {{cluster, 0}}, subset, policy, false}, port.protocol, &chain);
      out.push_back(std::move(chain));
    });
  }
  return out;
}

// Subject HOST.
void sni_clusters(View& view, std::string_view subject, Product& product) {
  const mesh::ServicePtr service = view.service(subject);
  if (!service) return;
  const auto policy = view.destination(subject);
  for_each_cluster(view, *service, policy.get(), [&](const mesh::ServicePort& port, const std::string& subset) {
    const auto* rule = policy ? policy->rule.get() : nullptr;
    const std::string key = join_subject({std::to_string(port.port), subset, service->host});
    product.children.push_back({RuleId::kSniCluster, key});
    if (cluster_kind(view, *service, settings_of_rule(rule, nullptr, port.port, subset)) == ClusterKind::kEds)
      product.children.push_back({RuleId::kSniEndpoints, key});
  });
}

}  // namespace amime::translate
