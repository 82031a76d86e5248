#include "translate/inbound_chain.h"

#include <map>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "mesh/v1alpha1/config.pb.h"
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

struct InboundMatch {
  ChainMatch match;
  bool http = false;
};

// What tells a port's connections apart. Clients speak plain text to each other as long as proxies have no identity; the
// chains of mutual TLS, and what PeerAuthentication says of them, belong here.
std::vector<InboundMatch> matches_of(View& view, mesh::Protocol protocol) {
  ChainMatch plain;
  plain.transport_protocol = kRawBuffer;
  if (mesh::is_http(protocol)) return {{plain, true}};
  if (protocol != mesh::Protocol::kUnset) return {{plain, false}};
  ChainMatch http = plain;
  http.application_protocols = plaintext_http_protocols(view.proxy_http10());
  return {{http, true}, {plain, false}};
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

// Ends its clients' own TLS. Told by Istio only where PeerAuthentication switches mutual TLS off, as it is here.
InboundMatch tls_match(mesh::Protocol protocol) {
  InboundMatch out;
  out.match.transport_protocol = kTls;
  out.http = mesh::is_http(protocol);
  return out;
}

void add_http_filters_of(View& view, const Destination& to, FilterChain* chain, Taken* taken) {
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
  add_hcm(view, options, chain);
}

void add_chains(View& view, const Destination& to, Listener* listener, Taken* taken) {
  for (const auto& [match, http] : to.tls ? std::vector{tls_match(to.protocol)} : matches_of(view, to.protocol)) {
    Chain chain;
    chain.proto = std::make_shared<FilterChain>();
    chain.proto->set_name(http ? to.http_name : to.tcp_name);
    match.fill(chain.proto->mutable_filter_chain_match());
    add_network_plugins(view, ListenerClass::kSidecarInbound, to.port, chain.proto.get());
    if (to.port != 0) chain.proto->mutable_filter_chain_match()->mutable_destination_port()->set_value(to.port);
    if (http)
      add_http_filters_of(view, to, chain.proto.get(), taken);
    else
      add_tcp_proxy(view, ListenerClass::kSidecarInbound, {to.cluster, {{to.cluster, 0}}, "", nullptr, true}, to.protocol, &chain);
    if (to.tls) set_downstream_tls(*to.tls, {}, view.mesh_config(), chain.proto.get());
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

void add_inbound_chains(View& view, const InboundPort& port, Listener* listener, std::vector<std::string>* refs, Taken* taken) {
  const int before = listener->filter_chains_size();
  const std::string name = listener_name(port.binds.front(), port.port);
  const std::string cluster = inbound_cluster_name(port.port);
  add_chains(view, {cluster, name, name, "inbound_" + name, port.protocol, port.host, port.service_port, port.port, port.tls}, listener,
             taken);
  if (port.source.kind == mesh::Kind::kSidecar)
    for (int i = before; i < listener->filter_chains_size(); ++i)
      set_config_metadata(port.source, listener->mutable_filter_chains(i)->mutable_metadata());
  refs->push_back(cluster);
}

void add_passthrough_chains(View& view, Listener* listener, std::vector<std::string>* refs, Taken* taken) {
  Chain loop;
  loop.proto = std::make_shared<FilterChain>();
  loop.proto->set_name("virtualInbound-blackhole");
  loop.proto->mutable_filter_chain_match()->mutable_destination_port()->set_value(inbound_capture_port(view.mesh_config()));
  add_plain_tcp_proxy(view, kBlackHoleCluster, false, &loop);
  *listener->add_filter_chains() = *loop.proto;

  const std::string cluster(kInboundPassthroughCluster);
  add_chains(view,
             {cluster, "virtualInbound-catchall-http", std::string(kVirtualInbound), cluster, mesh::Protocol::kUnset, "", 0, 0, nullptr},
             listener, taken);
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
