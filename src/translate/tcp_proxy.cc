#include "translate/tcp_proxy.h"

#include "envoy/config/listener/v3/listener_components.pb.h"
#include "envoy/extensions/filters/network/mongo_proxy/v3/mongo_proxy.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/hosts.h"
#include "translate/names.h"
#include "translate/pack.h"
#include "translate/telemetry/access_log.h"
#include "translate/telemetry/metrics.h"

namespace amime::translate {
namespace {

using envoy::extensions::filters::network::tcp_proxy::v3::TcpProxy;
using istio::networking::v1alpha3::Destination;
using istio::networking::v1alpha3::DestinationRule;
using istio::networking::v1alpha3::RouteDestination;
using istio::networking::v1alpha3::TrafficPolicy;

constexpr int kLongestAliasChain = 8;

std::string host_of(View& view, std::string_view destination, std::string_view ns) {
  std::string host = mesh::resolve_host(destination, ns);
  for (int i = 0; i < kLongestAliasChain; ++i) {  // an ExternalName stands for another host, maybe again an ExternalName
    const auto service = view.service(host);
    if (!service || service->resolution != mesh::Resolution::kAlias || service->alias_of.empty()) break;
    host = service->alias_of;
  }
  return host;
}

// A subset's load balancer stands in for the rule's own; without a subset of that name the rule's own holds.
bool hashes_source_ip(const DestinationRule& rule, std::string_view subset_name) {
  for (const auto& subset : rule.subsets())
    if (!subset_name.empty() && subset.name() == subset_name && subset.traffic_policy().has_load_balancer())
      return subset.traffic_policy().load_balancer().consistent_hash().use_source_ip();
  return rule.traffic_policy().load_balancer().consistent_hash().use_source_ip();
}

const TrafficPolicy* tunnel_policy(const DestinationRule& rule, std::string_view subset_name) {
  if (subset_name.empty()) return rule.traffic_policy().has_tunnel() ? &rule.traffic_policy() : nullptr;
  for (const auto& subset : rule.subsets())
    if (subset.name() == subset_name) return subset.traffic_policy().has_tunnel() ? &subset.traffic_policy() : nullptr;
  return nullptr;
}

void apply_policy(const DestinationRule& rule, std::string_view subset, bool tunnels, TcpProxy* proxy) {
  const auto& tcp = rule.traffic_policy().connection_pool().tcp();
  if (tcp.has_idle_timeout()) *proxy->mutable_idle_timeout() = tcp.idle_timeout();
  if (tcp.has_max_connection_duration()) *proxy->mutable_max_downstream_connection_duration() = tcp.max_connection_duration();
  if (hashes_source_ip(rule, subset)) proxy->add_hash_policy()->mutable_source_ip();
  if (const auto* policy = tunnels ? tunnel_policy(rule, subset) : nullptr) {
    const auto& tunnel = policy->tunnel();
    proxy->mutable_tunneling_config()->set_hostname(host_and_port(tunnel.target_host(), tunnel.target_port()));
    proxy->mutable_tunneling_config()->set_use_post(tunnel.protocol() == "POST");
  }
}

void set_clusters(const TcpTarget& target, TcpProxy* proxy) {
  if (target.clusters.size() == 1) {
    proxy->set_cluster(target.clusters.front().name);
    return;
  }
  for (const auto& cluster : target.clusters) {
    auto* weighted = proxy->mutable_weighted_clusters()->add_clusters();
    weighted->set_name(cluster.name);
    weighted->set_weight(cluster.weight);
  }
}

void add_filter(std::string_view name, const google::protobuf::Message& config, Chain* chain) {
  auto* filter = chain->proto->add_filters();
  filter->set_name(std::string(name));
  pack(config, filter->mutable_typed_config());
}

}  // namespace

std::string destination_cluster(View& view, const Destination& destination, std::string_view ns, std::uint32_t listener_port) {
  const std::string host = host_of(view, destination.host(), ns);
  std::uint32_t port = listener_port;
  if (destination.has_port()) {
    port = destination.port().number();
  } else if (const auto service = view.service(host); service && service->ports.size() == 1) {
    port = service->ports.front().port;
  }
  return outbound_cluster_name(port, destination.subset(), host);
}

TcpTarget target_of_service(View& view, std::string_view host, std::uint32_t port) {
  const std::string cluster = outbound_cluster_name(port, "", host);
  return {cluster, {{cluster, 0}}, "", view.destination(host), true};
}

std::optional<TcpTarget> target_of_routes(View& view, const google::protobuf::RepeatedPtrField<RouteDestination>& routes,
                                          const mesh::ObjectKey& vs, std::uint32_t listener_port) {
  TcpTarget target;
  for (const auto& route : routes) {
    if (routes.size() > 1 && route.weight() <= 0) continue;
    target.clusters.push_back(
        {destination_cluster(view, route.destination(), vs.ns, listener_port), static_cast<std::uint32_t>(route.weight())});
  }
  if (target.clusters.empty()) return std::nullopt;
  const Destination& first = routes[0].destination();
  if (const auto service = view.service(host_of(view, first.host(), vs.ns))) target.policy = view.destination(service->host);
  if (routes.size() == 1) target.subset = first.subset();
  target.stat_prefix = routes.size() == 1 ? target.clusters.front().name : vs.name + "." + vs.ns;
  return target;
}

void add_tcp_proxy(View& view, ListenerClass listener_class, const TcpTarget& target, mesh::Protocol protocol, Chain* chain) {
  TcpProxy proxy;
  proxy.set_stat_prefix(target.stat_prefix);
  set_clusters(target, &proxy);
  if (target.policy) {
    apply_policy(*target.policy->rule, target.subset, target.tunnels, &proxy);
    chain->from.insert(chain->from.end(), target.policy->from.begin(), target.policy->from.end());
  }
  add_access_logs(view, listener_class, LogPlace::kTcp, proxy.mutable_access_log());
  add_metrics(view, listener_class, LogPlace::kTcp, proxy.mutable_access_log());
  for (const auto& cluster : target.clusters) chain->refs.push_back(cluster.name);
  add_counting_filters(view, listener_class, chain->proto.get());
  // Mongo's codec only counts; Redis and MySQL are bytes, as Istio has it unless told otherwise.
  if (protocol == mesh::Protocol::kMongo) {
    envoy::extensions::filters::network::mongo_proxy::v3::MongoProxy mongo;
    mongo.set_stat_prefix(target.stat_prefix);
    add_filter("envoy.filters.network.mongo_proxy", mongo, chain);
  }
  add_filter("envoy.filters.network.tcp_proxy", proxy, chain);
}

void add_plain_tcp_proxy(View& view, std::string_view cluster, bool log, Chain* chain) {
  TcpProxy proxy;
  proxy.set_stat_prefix(std::string(cluster));
  proxy.set_cluster(std::string(cluster));
  if (log) {
    add_access_logs(view, ListenerClass::kSidecarOutbound, LogPlace::kTcp, proxy.mutable_access_log());
    add_metrics(view, ListenerClass::kSidecarOutbound, LogPlace::kTcp, proxy.mutable_access_log());
  }
  chain->refs.emplace_back(cluster);
  if (log) add_counting_filters(view, ListenerClass::kSidecarOutbound, chain->proto.get());
  add_filter("envoy.filters.network.tcp_proxy", proxy, chain);
}

}  // namespace amime::translate
