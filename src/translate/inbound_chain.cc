#include "translate/inbound_chain.h"

#include <algorithm>
#include <map>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/authn/mutual_tls.h"
#include "translate/chain.h"
#include "translate/config_metadata.h"
#include "translate/downstream_tls.h"
#include "translate/hcm.h"
#include "translate/inbound_route.h"
#include "translate/names.h"
#include "translate/patch/patch_routes.h"
#include "translate/reserved_ports.h"
#include "translate/tcp_proxy.h"

namespace amime::translate {
namespace {

using envoy::config::listener::v3::FilterChain;
using envoy::config::listener::v3::Listener;
using envoy::config::listener::v3::ListenerFilterChainMatchPredicate;

using mesh::MutualTls;

struct InboundMatch {
  ChainMatch match;
  bool http = false;
  bool mutual = false;  // ends the mesh's own TLS
};

ChainMatch transport(std::string_view protocol, std::vector<std::string> application_protocols = {}) {
  ChainMatch out;
  out.transport_protocol = protocol;
  out.application_protocols = std::move(application_protocols);
  return out;
}

// Where the protocol has to be found out.
std::vector<InboundMatch> sniffed(MutualTls mode, std::vector<std::string> plain_http) {
  const InboundMatch mutual_http{transport(kTls, kMutualTlsHttpProtocols), true, true};
  const InboundMatch plain{transport(kRawBuffer, std::move(plain_http)), true}, bytes{transport(kRawBuffer)};
  switch (mode) {
    case MutualTls::kStrict: return {mutual_http, {transport(kTls), false, true}};
    case MutualTls::kDisable: return {plain, bytes};
    default: break;
  }
  // TLS that is not the mesh's is the application's own: it goes through.
  return {mutual_http, plain, {transport(kTls, kMutualTlsTcpProtocols), false, true}, bytes, {transport(kTls)}};
}

std::vector<InboundMatch> declared(MutualTls mode, bool http) {
  const InboundMatch plain{transport(kRawBuffer), http};
  switch (mode) {
    case MutualTls::kStrict: return {{transport(kTls), http, true}};
    case MutualTls::kDisable: return {plain};
    default: break;
  }
  std::vector<InboundMatch> out{{transport(kTls, kMutualTlsProtocols), http, true}, plain};
  if (!http) out.push_back({transport(kTls)});
  return out;
}

// What tells a port's connections apart, and which of them are taken.
std::vector<InboundMatch> matches_of(View& view, mesh::Protocol protocol, MutualTls mode) {
  if (mesh::is_http(protocol)) return declared(mode, true);
  if (protocol != mesh::Protocol::kUnset) return declared(mode, false);
  return sniffed(mode, plaintext_http_protocols(view.proxy_http10()));
}

struct Destination {
  std::string cluster;
  std::string http_name, tcp_name;  // of the chains
  std::string http_stat_prefix;
  mesh::Protocol protocol = mesh::Protocol::kUnset;
  std::string host;
  std::uint32_t service_port = 0;
  std::uint32_t port = 0;  // 0: any
  const istio::networking::v1alpha3::ServerTLSSettings* tls = nullptr;
};

// Ends its clients' own TLS, which is not the mesh's.
InboundMatch tls_match(mesh::Protocol protocol) {
  InboundMatch out;
  out.match.transport_protocol = kTls;
  out.http = mesh::is_http(protocol);
  return out;
}

void add_http_filters_of(View& view, const InboundSide& side, const Destination& to, FilterChain* chain, Taken* taken) {
  envoy::config::route::v3::RouteConfiguration table;
  fill_inbound_table({to.cluster, to.host, to.service_port, to.protocol}, view.mesh_config(), &table);
  RoutePatching patching;
  patch_whole_table(view, {PatchContext::kInbound, to.cluster, {}}, &table, &patching);
  taken->insert(taken->end(), patching.taken.begin(), patching.taken.end());
  HcmOptions options;
  options.listener_class = ListenerClass::kSidecarInbound;
  options.stat_prefix = to.http_stat_prefix + ";";
  options.inline_table = &table;
  options.protocol = to.protocol;
  options.http10 = view.proxy_http10();
  options.filters.plugins = http_plugins(view, ListenerClass::kSidecarInbound, to.port);
  options.filters.judges = &side.judges;
  add_hcm(view, options, chain);
}

// A Sidecar's own TLS settings count only where PeerAuthentication switches the mesh's off.
bool ends_own_tls(const Destination& to, MutualTls mode) { return to.tls != nullptr && mode == MutualTls::kDisable; }

std::vector<InboundMatch> taken_matches(View& view, const InboundSide& side, const Destination& to) {
  const MutualTls mode = side.peers.of(to.port);
  if (side.has_identity) return ends_own_tls(to, mode) ? std::vector{tls_match(to.protocol)} : matches_of(view, to.protocol, mode);
  if (mode == MutualTls::kStrict && !side.local) return {};  // what must be encrypted cannot be
  return to.tls ? std::vector{tls_match(to.protocol)} : matches_of(view, to.protocol, MutualTls::kDisable);
}

void add_chains(View& view, const InboundSide& side, const Destination& to, Listener* listener, Taken* taken) {
  for (const auto& [match, http, mutual] : taken_matches(view, side, to)) {
    Chain chain;
    chain.proto = std::make_shared<FilterChain>();
    chain.proto->set_name(http ? to.http_name : to.tcp_name);
    match.fill(chain.proto->mutable_filter_chain_match());
    add_network_plugins(view, ListenerClass::kSidecarInbound, to.port, http ? nullptr : &side.judges, chain.proto.get());
    if (to.port != 0) chain.proto->mutable_filter_chain_match()->mutable_destination_port()->set_value(to.port);
    if (http)
      add_http_filters_of(view, side, to, chain.proto.get(), taken);
    else
      add_tcp_proxy(view, ListenerClass::kSidecarInbound, {to.cluster, {{to.cluster, 0}}, "", nullptr, true}, to.protocol, &chain);
    if (mutual)
      set_server_socket(view, {.http = http, .whole_mesh = true, .peers = {}}, chain.proto->mutable_transport_socket());
    else if (to.tls && match.transport_protocol == kTls)
      set_downstream_tls(*to.tls, {}, view.mesh_config(), chain.proto.get());
    *listener->add_filter_chains() = *chain.proto;
  }
}

void match_ports(const std::vector<std::uint32_t>& ports, ListenerFilterChainMatchPredicate* out) {
  const auto is_port = [](std::uint32_t port, ListenerFilterChainMatchPredicate* predicate) {
    predicate->mutable_destination_port_range()->set_start(static_cast<std::int32_t>(port));
    predicate->mutable_destination_port_range()->set_end(static_cast<std::int32_t>(port) + 1);
  };
  if (ports.size() == 1) return is_port(ports.front(), out);
  for (const auto port : ports) is_port(port, out->mutable_or_match()->add_rules());
}

// `wanted`: whether it is, by port; 0: at all others.
void add_inspector(const std::map<std::uint32_t, bool>& wanted, void (*add)(Listener*), Listener* listener) {
  std::vector<std::uint32_t> with, without;
  for (const auto& [port, wants] : wanted) (wants ? with : without).push_back(port);
  if (with.empty()) return;
  add(listener);
  if (without.empty()) return;
  auto* disabled = listener->mutable_listener_filters(listener->listener_filters_size() - 1)->mutable_filter_disabled();
  if (without.front() != 0)
    match_ports(without, disabled);
  else
    match_ports(with, disabled->mutable_not_match());
}

}  // namespace

InboundSide inbound_side(View& view, std::vector<Note>* notes) {
  InboundSide out{judges(view, notes), view.peer_modes(), view.has_identity(), !view.inbound_address().empty()};
  out.judges.from.insert(out.judges.from.end(), out.peers.from.begin(), out.peers.from.end());
  return out;
}

void add_inbound_chains(View& view, const InboundSide& side, const InboundPort& port, Listener* listener, std::vector<std::string>* refs,
                        Taken* taken) {
  const int before = listener->filter_chains_size();
  const std::string name = listener_name(port.binds.front(), port.port);
  const std::string cluster = inbound_cluster_name(port.port);
  add_chains(view, side, {cluster, name, name, "inbound_" + name, port.protocol, port.host, port.service_port, port.port, port.tls},
             listener, taken);
  if (port.source.kind == mesh::Kind::kSidecar)
    for (int i = before; i < listener->filter_chains_size(); ++i)
      set_config_metadata(port.source, listener->mutable_filter_chains(i)->mutable_metadata());
  refs->push_back(cluster);
}

void add_passthrough_chains(View& view, const InboundSide& side, const std::vector<InboundPort>& ports, Listener* listener,
                            std::vector<std::string>* refs, Taken* taken) {
  Chain loop;
  loop.proto = std::make_shared<FilterChain>();
  loop.proto->set_name("virtualInbound-blackhole");
  loop.proto->mutable_filter_chain_match()->mutable_destination_port()->set_value(inbound_capture_port(view.mesh_config()));
  add_plain_tcp_proxy(view, kBlackHoleCluster, false, &loop);
  *listener->add_filter_chains() = *loop.proto;

  const std::string cluster(kInboundPassthroughCluster);
  const auto add_port = [&](std::uint32_t port) {
    add_chains(
        view, side,
        {cluster, "virtualInbound-catchall-http", std::string(kVirtualInbound), cluster, mesh::Protocol::kUnset, "", 0, port, nullptr},
        listener, taken);
  };
  add_port(0);
  for (const auto& [port, mode] : side.peers.by_port) {
    const auto is_it = [number = port](const InboundPort& other) { return other.port == number && !other.bind_to_port; };
    if (std::none_of(ports.begin(), ports.end(), is_it)) add_port(port);
  }
  refs->emplace_back(kBlackHoleCluster);
  refs->push_back(cluster);
}

void add_inbound_inspectors(Listener* listener) {
  std::map<std::uint32_t, bool> tls, sniffed;  // by port; 0: all others
  for (const auto& chain : listener->filter_chains()) {
    const auto& match = chain.filter_chain_match();
    tls[match.destination_port().value()] |= match.transport_protocol() == kTls;
    sniffed[match.destination_port().value()] |= match.application_protocols_size() > 0;
  }
  // TLS first: what it recognizes the other does not look at.
  add_inspector(tls, add_tls_inspector, listener);
  add_inspector(sniffed, add_http_inspector, listener);
}

}  // namespace amime::translate
