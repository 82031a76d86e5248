#include "translate/gateway_tcp.h"

#include <algorithm>
#include <optional>

#include "envoy/config/listener/v3/listener_components.pb.h"
#include "mesh/mesh.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/downstream_tls.h"
#include "translate/l4_match.h"
#include "translate/plugin_filters.h"
#include "translate/sni_clusters.h"
#include "translate/tcp_proxy.h"

namespace amime::translate {
namespace {

using istio::networking::v1alpha3::TCPRoute;
using istio::networking::v1alpha3::TLSRoute;
using istio::networking::v1alpha3::VirtualService;

struct GatewayPlace {
  View& view;
  const GatewayServer& server;
  std::string gateway;  // NAMESPACE/NAME
  std::uint32_t listener_port = 0;
  const Judges& judges;
  std::uint32_t port() const { return server.server->port().number(); }
};

bool overlap(const std::string& a, const std::string& b) { return mesh::host_matches(a, b) || mesh::host_matches(b, a); }

// Whether the server lets a VirtualService of `ns` have one of its hosts.
bool admits(const GatewayServer& server, const std::string& ns, const std::vector<std::string>& hosts) {
  for (const auto& offered : server.hosts) {
    const auto slash = offered.find('/');
    if (slash != std::string::npos && offered.substr(0, slash) != ns) continue;
    const std::string host = slash == std::string::npos ? offered : offered.substr(slash + 1);
    if (std::any_of(hosts.begin(), hosts.end(), [&](const auto& wanted) { return overlap(host, wanted); })) return true;
  }
  return false;
}

std::vector<mesh::ObjectPtr> virtual_services_of(const GatewayPlace& place) {
  std::vector<mesh::ObjectPtr> out;
  const auto& gateway = place.server.gateway->key;
  for (const auto& ref : place.view.gateway_virtual_services(gateway.ns, gateway.name)) {
    if (!admits(place.server, ref.object->key.ns, ref.hosts)) continue;
    if (auto object = place.view.virtual_service(ref.object->key.ns, ref.object->key.name)) out.push_back(std::move(object));
  }
  return out;
}

template <class Match>
bool matches(const GatewayPlace& place, const mesh::ObjectKey& vs, const Match& match) {
  return applies(place.view, match, {place.port(), place.gateway, vs.ns});
}

template <class Route>
std::optional<Chain> routed_chain(const GatewayPlace& place, const mesh::ObjectPtr& vs, const Route& route) {
  const auto target = target_of_routes(place.view, route.route(), vs->key, place.port());
  if (!target) return std::nullopt;
  Chain chain;
  chain.proto = std::make_shared<envoy::config::listener::v3::FilterChain>();
  chain.owner = mesh::to_string(place.server.gateway->key);
  chain.from = {place.server.gateway->key, vs->key};
  add_network_plugins(place.view, ListenerClass::kGateway, place.listener_port, &place.judges, chain.proto.get());
  add_tcp_proxy(place.view, ListenerClass::kGateway, *target, mesh::parse_protocol(place.server.server->port().protocol()), &chain);
  return chain;
}

// The first route that takes the server's connections takes them all.
std::optional<Chain> tcp_chain(const GatewayPlace& place) {
  for (const auto& vs : virtual_services_of(place)) {
    for (const auto& route : vs->spec<VirtualService>().tcp()) {
      const auto& all = route.match();
      const bool taken =
          all.empty() || std::any_of(all.begin(), all.end(), [&](const auto& match) { return matches(place, vs->key, match); });
      if (taken && !route.route().empty()) return routed_chain(place, vs, route);
    }
  }
  return std::nullopt;
}

std::vector<Chain> passthrough_chains(const GatewayPlace& place) {
  std::vector<Chain> out;
  for (const auto& vs : virtual_services_of(place)) {
    for (const auto& route : vs->spec<VirtualService>().tls()) {
      if (route.route().empty()) continue;
      for (const auto& match : route.match()) {
        if (!matches(place, vs->key, match)) continue;
        auto chain = routed_chain(place, vs, route);
        if (!chain) continue;
        chain->match.sni_hosts.assign(match.sni_hosts().begin(), match.sni_hosts().end());
        out.push_back(std::move(*chain));
      }
    }
  }
  return out;
}

void note_nothing(const GatewayPlace& place, std::vector<Note>* notes) {
  notes->push_back({place.server.gateway->key, "dangling", place.server.field("port"),
                    "no VirtualService routes this server's connections; it is not served"});
}

}  // namespace

std::vector<Chain> gateway_tcp_chains(View& view, const GatewayServer& server, std::uint32_t port, const Judges& judges,
                                      std::vector<Note>* notes) {
  const GatewayPlace place{view, server, server.gateway->key.ns + "/" + server.gateway->key.name, port, judges};
  if (is_auto_passthrough(*server.server)) {
    auto chains = auto_passthrough_chains(view, server, port, judges);
    if (chains.empty())
      notes->push_back(
          {server.gateway->key, "dangling", server.field("hosts"), "they cover no service of the mesh; the server is not served"});
    return chains;
  }
  if (is_passthrough(*server.server)) {
    auto chains = passthrough_chains(place);
    if (chains.empty()) note_nothing(place, notes);
    return chains;
  }
  auto chain = tcp_chain(place);
  if (!chain) {
    note_nothing(place, notes);
    return {};
  }
  if (server.server->has_tls()) {
    chain->match.sni_hosts = server.sni_hosts();
    if (!add_downstream_tls(view, server, &*chain, notes)) return {};
  }
  std::vector<Chain> out;
  out.push_back(std::move(*chain));
  return out;
}

}  // namespace amime::translate
