#include "translate/outbound_tcp.h"

#include <algorithm>
#include <set>

#include "envoy/config/listener/v3/listener_components.pb.h"
#include "mesh/mesh.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/config_metadata.h"
#include "translate/dynamic_dns.h"
#include "translate/l4_match.h"
#include "translate/plugin_filters.h"
#include "translate/tcp_proxy.h"

namespace amime::translate {
namespace {

using envoy::config::listener::v3::FilterChain;
using istio::networking::v1alpha3::TCPRoute;
using istio::networking::v1alpha3::TLSRoute;
using istio::networking::v1alpha3::VirtualService;
using Strings = std::vector<std::string>;

struct EgressPlace {
  View& view;
  const ListenerPlan& plan;
  const ListenerAsk& ask;
};

Chain new_chain(const EgressPlace& place) {
  Chain chain;
  chain.proto = std::make_shared<FilterChain>();
  chain.owner = place.ask.host;
  add_network_plugins(place.view, ListenerClass::kSidecarOutbound, place.plan.port, nullptr, chain.proto.get());
  return chain;
}

// The VirtualServices of the egress listener that speak of the service, in Istio's order.
std::vector<mesh::ObjectPtr> virtual_services_of(const EgressPlace& place) {
  std::vector<mesh::ObjectPtr> out;
  for (const auto& ref : place.view.egress(place.plan.egress).virtual_services) {
    const auto speaks_of = [&](const std::string& host) { return mesh::host_matches(host, place.ask.host); };
    if (std::none_of(ref.hosts.begin(), ref.hosts.end(), speaks_of)) continue;
    if (auto object = place.view.virtual_service(ref.object->key.ns, ref.object->key.name)) out.push_back(std::move(object));
  }
  return out;
}

// False: the route sends nowhere.
template <class Route>
bool add_routed_chain(const EgressPlace& place, const mesh::ObjectPtr& vs, const Route& route, Strings sni_hosts, Strings cidrs,
                      std::vector<Chain>* out) {
  const auto target = target_of_routes(place.view, route.route(), vs->key, place.plan.port);
  if (!target) return false;
  Chain chain = new_chain(place);
  chain.match.sni_hosts = std::move(sni_hosts);
  chain.match.destination_cidrs = std::move(cidrs);
  chain.from.push_back(vs->key);
  set_config_metadata(vs->key, chain.proto->mutable_metadata());
  add_tcp_proxy(place.view, ListenerClass::kSidecarOutbound, *target, place.ask.protocol, &chain);
  out->push_back(std::move(chain));
  return true;
}

// By the name in the ClientHello; only wildcard hosts are.
bool is_resolved(const EgressPlace& place) {
  if (!place.ask.host.starts_with('*')) return false;
  const auto service = place.view.service(place.ask.host);
  return service && service->resolution == mesh::Resolution::kDynamicDns;
}

void add_default_chain(const EgressPlace& place, Strings sni_hosts, std::vector<Chain>* out) {
  Chain chain = new_chain(place);
  chain.match.sni_hosts = std::move(sni_hosts);
  chain.match.destination_cidrs = place.ask.cidrs;
  if (is_resolved(place)) add_sni_dynamic_dns(place.view, place.plan.port, chain.proto.get());
  add_tcp_proxy(place.view, ListenerClass::kSidecarOutbound, target_of_service(place.view, place.ask.host, place.ask.cluster_port),
                place.ask.protocol, &chain);
  out->push_back(std::move(chain));
}

template <class Strs>
Strings strings(const Strs& repeated) {
  return {repeated.begin(), repeated.end()};
}

// A match whose names and subnets were seen before can never be reached: what is left to tell two matches apart (labels,
// port, gateways) is decided already.
bool add_tls_route(const EgressPlace& place, const mesh::ObjectPtr& vs, const TLSRoute& route, std::set<std::pair<Strings, Strings>>* seen,
                   std::vector<Chain>* out) {
  bool any = false;
  for (const auto& match : route.match()) {
    if (!applies(place.view, match, {place.plan.port, "mesh", vs->key.ns})) continue;
    if (!seen->insert({strings(match.sni_hosts()), strings(match.destination_subnets())}).second) continue;
    const bool own_subnets = !match.destination_subnets().empty() && place.plan.port > 0;
    any |= add_routed_chain(place, vs, route, strings(match.sni_hosts()),
                            own_subnets ? strings(match.destination_subnets()) : place.ask.cidrs, out);
  }
  return any;
}

std::vector<Chain> tls_chains(const EgressPlace& place) {
  std::vector<Chain> out;
  std::set<std::pair<Strings, Strings>> seen;
  bool any = false;
  for (const auto& vs : virtual_services_of(place))
    for (const auto& route : vs->spec<VirtualService>().tls())
      if (!route.route().empty()) any |= add_tls_route(place, vs, route, &seen, &out);
  if (!any) add_default_chain(place, place.ask.match_name ? Strings{place.ask.host} : Strings{}, &out);
  return out;
}

enum class Found { kNothing, kSubnets, kEverything };

// What the route's matches leave: every connection, or those to some subnets. A Unix socket has no destination.
Found collect_subnets(const EgressPlace& place, const mesh::ObjectPtr& vs, const TCPRoute& route, Strings* subnets) {
  if (route.match().empty()) return Found::kEverything;
  for (const auto& match : route.match()) {
    if (!applies(place.view, match, {place.plan.port, "mesh", vs->key.ns})) continue;
    if (match.destination_subnets().empty() || place.plan.port == 0) return Found::kEverything;
    subnets->insert(subnets->end(), match.destination_subnets().begin(), match.destination_subnets().end());
  }
  return subnets->empty() ? Found::kNothing : Found::kSubnets;
}

bool same_set(const Strings& a, const Strings& b) {
  return std::multiset<std::string>(a.begin(), a.end()) == std::multiset<std::string>(b.begin(), b.end());
}

std::vector<Chain> tcp_chains(const EgressPlace& place) {
  std::vector<Chain> out;
  bool need_default = true;
  for (const auto& vs : virtual_services_of(place)) {
    for (const auto& route : vs->spec<VirtualService>().tcp()) {
      if (route.route().empty()) continue;
      Strings subnets;
      const Found found = collect_subnets(place, vs, route, &subnets);
      if (found == Found::kEverything) {
        if (add_routed_chain(place, vs, route, {}, place.ask.cidrs, &out)) return out;
      } else if (found == Found::kSubnets) {
        if (same_set(subnets, place.ask.cidrs)) need_default = false;
        add_routed_chain(place, vs, route, {}, std::move(subnets), &out);
      }
    }
  }
  if (need_default) add_default_chain(place, {}, &out);
  return out;
}

}  // namespace

std::vector<Chain> outbound_tcp_chains(View& view, const ListenerPlan& plan, const ListenerAsk& ask) {
  const EgressPlace place{view, plan, ask};
  return mesh::is_tls(ask.protocol) ? tls_chains(place) : tcp_chains(place);
}

}  // namespace amime::translate
