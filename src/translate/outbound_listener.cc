// One outbound listener: of a port that HTTP services share, of a service's own address, of headless services' pods.
#include <algorithm>
#include <map>
#include <utility>

#include "envoy/config/listener/v3/listener.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/names.h"
#include "translate/outbound_merge.h"
#include "translate/outbound_plan.h"
#include "translate/outbound_policy.h"
#include "translate/patch/patch_listener.h"
#include "translate/rules.h"
#include "translate/socket_address.h"
#include "translate/tcp_proxy.h"
#include "translate/virtual_outbound.h"

namespace amime::translate {
namespace {

using envoy::config::listener::v3::FilterChain;
using envoy::config::listener::v3::Listener;

void set_place(View& view, const ListenerPlan& plan, Listener* listener) {
  const bool local = plan.binds.front() == view.bind_address();
  const std::uint32_t port = local ? bindable_port(plan.port) : plan.port;
  set_address(plan.binds.front(), port, listener->mutable_address());
  for (std::size_t i = 1; i < plan.binds.size(); ++i)
    set_address(plan.binds[i], port, listener->add_additional_addresses()->mutable_address());
  listener->set_traffic_direction(envoy::config::core::v3::OUTBOUND);
  if (plan.bind_to_port)
    listener->mutable_max_connections_to_accept_per_socket_event()->set_value(1);
  else
    listener->mutable_bind_to_port()->set_value(false);
}

// What no chain matches goes where unknown traffic goes, instead of being closed in the client's face.
Chain catch_all(View& view) {
  Chain chain;
  chain.proto = std::make_shared<FilterChain>();
  chain.proto->set_name("PassthroughFilterChain");
  chain.proto->mutable_filter_chain_match();
  add_plain_tcp_proxy(view, unknown_traffic_cluster(view), true, &chain);
  return chain;
}

void set_inspectors(View& view, const std::vector<Chain>& chains, Listener* listener) {
  const auto any = [&](auto&& predicate) { return std::any_of(chains.begin(), chains.end(), predicate); };
  const bool names = any([](const Chain& chain) { return !chain.match.sni_hosts.empty(); });
  const bool http = any([](const Chain& chain) { return !chain.match.application_protocols.empty(); });
  if (names) add_tls_inspector(listener);
  if (http) add_http_inspector(listener);
  // A client of a server that speaks first says nothing: it must not wait for the inspector for ever, nor be closed.
  listener->set_continue_on_listener_filters_timeout(true);
  auto* timeout = listener->mutable_listener_filters_timeout();
  if (http) *timeout = view.mesh_config().protocol_detection_timeout();
}

void append_refs(const Chain& chain, std::vector<std::string>* refs, std::vector<mesh::ObjectKey>* from) {
  refs->insert(refs->end(), chain.refs.begin(), chain.refs.end());
  from->insert(from->end(), chain.from.begin(), chain.from.end());
}

template <class T>
void sort_unique(std::vector<T>* values) {
  std::sort(values->begin(), values->end());
  values->erase(std::unique(values->begin(), values->end()), values->end());
}

// A chain that matches everything is Envoy's default chain as soon as there are others: partial matches of other chains
// must never lead to a refusal. Alone it is the only chain.
void set_chains(View& view, std::vector<Chain> chains, Listener* listener, std::vector<std::string>* refs,
                std::vector<mesh::ObjectKey>* from) {
  const auto matches_all = [](const Chain& chain) { return chain.match.matches_all(); };
  if (std::none_of(chains.begin(), chains.end(), matches_all)) chains.push_back(catch_all(view));
  for (const auto& chain : chains) {
    chain.proto->mutable_transport_socket_connect_timeout()->set_seconds(15);
    append_refs(chain, refs, from);
    if (matches_all(chain) && chains.size() > 1) {
      *listener->mutable_default_filter_chain() = *chain.proto;
      continue;
    }
    FilterChain* added = listener->add_filter_chains();
    *added = *chain.proto;
    if (!matches_all(chain)) chain.match.fill(added->mutable_filter_chain_match());
  }
  sort_unique(refs);
  sort_unique(from);
}

void build(View& view, const ListenerPlan& plan, Product& product) {
  const std::string name = listener_name(plan.binds.front(), plan.port);
  MergedListener merged = merge_asks(view, plan, name, &product.notes);
  if (merged.chains.empty()) return;
  Listener listener;
  listener.set_name(name);
  set_place(view, plan, &listener);
  set_inspectors(view, merged.chains, &listener);
  std::vector<std::string> refs;
  std::vector<mesh::ObjectKey> from;
  set_chains(view, std::move(merged.chains), &listener, &refs, &from);
  product.children.insert(product.children.end(), merged.tables.begin(), merged.tables.end());
  emit_listener(view, PatchContext::kOutbound, std::move(listener), std::move(refs), std::move(from), product);
}

// The pods of headless services: a client dials them by address, and two services may share a pod. The proxy's own pod is
// among them: calls to oneself pass no outbound listener, so it is never used, and leaving it out would make this
// listener set a different one in every pod.
void build_pods(View& view, const PodsPlan& pods, Product& product) {
  std::map<std::string, std::vector<ListenerAsk>> by_address;
  for (const auto& ask : pods.asks)
    for (const auto& endpoint : view.endpoints(ask.host, pods.port)->endpoints)
      if (is_ip(endpoint.address) && std::find(pods.taken.begin(), pods.taken.end(), endpoint.address) == pods.taken.end()) {
        auto& asks = by_address[endpoint.address];
        if (asks.empty() || asks.back().host != ask.host) asks.push_back(ask);
      }
  for (auto& [address, asks] : by_address) build(view, {pods.egress, {address}, pods.port, false, std::move(asks)}, product);
}

}  // namespace

void outbound_listener(View& view, std::string_view subject, Product& product) {
  if (subject == kVirtualOutboundSubject)
    virtual_outbound(view, product);
  else if (subject == kHttpProxySubject)
    http_proxy_listener(view, product);
  else if (subject.starts_with("pods|"))
    build_pods(view, decode_pods(subject), product);
  else
    build(view, decode_listener(subject), product);
}

}  // namespace amime::translate
