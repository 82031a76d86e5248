// A gateway's listener: all servers on one port and bind.
#include <algorithm>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "translate/connection_settings.h"
#include "translate/downstream_tls.h"
#include "translate/gateway_plan.h"
#include "translate/gateway_tcp.h"
#include "translate/hcm.h"
#include "translate/pack.h"
#include "translate/patch/patch_listener.h"
#include "translate/rules.h"
#include "translate/socket_address.h"
#include "translate/telemetry/access_log.h"

namespace amime::translate {
namespace {

using envoy::config::listener::v3::FilterChain;
using envoy::config::listener::v3::Listener;

Chain http_chain(View& view, std::uint32_t port, const std::string& table, std::string stat_prefix, const GatewayServer& server,
                 const Judges& judges) {
  Chain chain;
  chain.proto = std::make_shared<FilterChain>();
  chain.owner = mesh::to_string(server.gateway->key);
  chain.refs.push_back(table);
  HcmOptions options;
  options.listener_class = ListenerClass::kGateway;
  options.stat_prefix = std::move(stat_prefix);
  options.route_table = table;
  options.protocol = mesh::parse_protocol(server.server->port().protocol());
  options.http10 = view.proxy_http10();
  options.filters.plugins = http_plugins(view, ListenerClass::kGateway, port);
  options.filters.judges = &judges;
  add_network_plugins(view, ListenerClass::kGateway, port, nullptr, chain.proto.get());
  add_hcm(view, options, chain.proto.get());
  return chain;
}

std::vector<Chain> chains_of(View& view, const GatewayPort& port, const std::string& listener, const Judges& judges,
                             std::vector<Note>* notes) {
  std::vector<Chain> out;
  const std::string stat_prefix = "outbound_" + listener + ";";
  if (mesh::is_http(port.protocol)) {
    out.push_back(http_chain(view, port.port, port.table, stat_prefix, port.servers.front(), judges));
    for (const auto& server : port.servers) out.back().from.push_back(server.gateway->key);
    return out;
  }
  for (const auto& server : port.servers) {
    if (!terminates_https(*server.server)) {
      for (auto& chain : gateway_tcp_chains(view, server, port.port, judges, notes)) out.push_back(std::move(chain));
      continue;
    }
    Chain chain =
        http_chain(view, port.port, server.table, server.server->name().empty() ? stat_prefix : server.server->name(), server, judges);
    chain.from.push_back(server.gateway->key);
    chain.match.sni_hosts = server.sni_hosts();
    if (add_downstream_tls(view, server, &chain, notes)) out.push_back(std::move(chain));
  }
  return out;
}

// Of several that take the same connections the first has them, and another that would share only some of its names with it is
// left out whole, as in Istio.
void append(std::vector<Chain> more, std::vector<Chain>* chains, std::vector<Note>* notes) {
  for (auto& chain : more) {
    const auto takes = [&](const Chain& other) { return other.match.overlaps(chain.match); };
    if (std::none_of(chains->begin(), chains->end(), takes)) {
      chains->push_back(std::move(chain));
    } else if (!chain.from.empty()) {
      notes->push_back(
          {chain.from.back(), "conflict", "", "another server or route takes some of the same connections; this one is left out"});
    }
  }
}

void add_proxy_protocol(Listener* listener) {
  auto* filter = listener->add_listener_filters();
  filter->set_name("envoy.filters.listener.proxy_protocol");
  pack(envoy::extensions::filters::listener::proxy_protocol::v3::ProxyProtocol(), filter->mutable_typed_config());
}

// No time limit of our own: Envoy's default of 15 s keeps slow clients from piling up in the inspector.
void set_listener_filters(View& view, const std::vector<Chain>& chains, Listener* listener) {
  // The header of the PROXY protocol stands before everything else.
  if (view.proxy_config().gateway_topology().has_proxy_protocol()) add_proxy_protocol(listener);
  const auto looks = [](const Chain& chain) { return !chain.match.sni_hosts.empty() || chain.terminates_tls; };
  if (std::any_of(chains.begin(), chains.end(), looks)) add_tls_inspector(listener);
}

void set_chains(const std::vector<Chain>& chains, Listener* listener, std::vector<std::string>* refs, std::vector<mesh::ObjectKey>* from) {
  for (const auto& chain : chains) {
    chain.proto->mutable_transport_socket_connect_timeout()->set_seconds(15);
    FilterChain* added = listener->add_filter_chains();
    *added = *chain.proto;
    if (!chain.match.matches_all()) chain.match.fill(added->mutable_filter_chain_match());
    refs->insert(refs->end(), chain.refs.begin(), chain.refs.end());
    from->insert(from->end(), chain.from.begin(), chain.from.end());
  }
  std::sort(refs->begin(), refs->end());
  refs->erase(std::unique(refs->begin(), refs->end()), refs->end());
  std::sort(from->begin(), from->end());
  from->erase(std::unique(from->begin(), from->end()), from->end());
}

// `amime up` runs gateways as an ordinary user, each at an address of its own.
void set_place(View& view, const GatewayPort& port, Listener* listener) {
  const std::string_view local = view.inbound_address().empty() ? view.bind_address() : view.inbound_address();
  if (!local.empty()) {
    set_address(local, bindable_port(port.port), listener->mutable_address());
    return;
  }
  const auto binds = port.bind.empty() ? wildcards({view.proxy_ipv4(), view.proxy_ipv6()}) : std::vector<std::string>{port.bind};
  set_address(binds.front(), port.port, listener->mutable_address());
  for (std::size_t i = 1; i < binds.size(); ++i) set_address(binds[i], port.port, listener->add_additional_addresses()->mutable_address());
}

}  // namespace

// Subject: the listener's name.
void gateway_listener(View& view, std::string_view subject, Product& product) {
  std::vector<Note> merging;  // the root says these
  const Judges by = judges(view, &product.notes);
  std::vector<Chain> chains;
  const GatewayPort* first = nullptr;
  const auto ports = plan_gateway(view, &merging);
  for (const auto& port : ports) {
    if (gateway_listener_name(view, port) != subject) continue;
    if (first == nullptr) first = &port;
    append(chains_of(view, port, std::string(subject), by, &product.notes), &chains, &product.notes);
  }
  if (chains.empty()) return;  // Envoy takes no listener without a chain
  Listener listener;
  listener.set_name(std::string(subject));
  listener.set_traffic_direction(envoy::config::core::v3::OUTBOUND);
  set_place(view, *first, &listener);
  set_listener_filters(view, chains, &listener);
  listener.mutable_max_connections_to_accept_per_socket_event()->set_value(1);
  const auto settings = connection_settings(view.proxy_config(), true);
  if (settings.listener_per_connection_buffer_limit_bytes().value() > 0)
    listener.mutable_per_connection_buffer_limit_bytes()->set_value(settings.listener_per_connection_buffer_limit_bytes().value());
  add_access_logs(view, ListenerClass::kGateway, LogPlace::kListener, listener.mutable_access_log());
  std::vector<std::string> refs = by.refs;
  std::vector<mesh::ObjectKey> from = by.from;
  set_chains(chains, &listener, &refs, &from);
  emit_listener(view, PatchContext::kGateway, std::move(listener), std::move(refs), std::move(from), product);
}

}  // namespace amime::translate
