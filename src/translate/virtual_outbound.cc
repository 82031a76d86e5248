#include "translate/virtual_outbound.h"

#include <set>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/catch_all.h"
#include "translate/dynamic_dns.h"
#include "translate/hcm.h"
#include "translate/names.h"
#include "translate/outbound_policy.h"
#include "translate/patch/patch_listener.h"
#include "translate/plugin_filters.h"
#include "translate/reserved_ports.h"
#include "translate/route_config.h"
#include "translate/route_table.h"
#include "translate/socket_address.h"
#include "translate/tcp_proxy.h"
#include "translate/telemetry/access_log.h"

namespace amime::translate {
namespace {

using envoy::config::listener::v3::FilterChain;
using envoy::config::listener::v3::Listener;

Chain new_chain(std::string_view name) {
  Chain chain;
  chain.proto = std::make_shared<FilterChain>();
  chain.proto->set_name(std::string(name));
  return chain;
}

void set_addresses(const std::vector<std::string>& binds, std::uint32_t port, Listener* listener) {
  set_address(binds.front(), port, listener->mutable_address());
  for (std::size_t i = 1; i < binds.size(); ++i) set_address(binds[i], port, listener->add_additional_addresses()->mutable_address());
  listener->mutable_max_connections_to_accept_per_socket_event()->set_value(1);
}

// Ports that services have: what is captured there mostly has a listener of its own, and is not looked at before it gets there,
// for looking breaks servers that speak first.
void disable_at_service_ports(View& view, envoy::config::listener::v3::ListenerFilter* inspector) {
  std::set<std::uint32_t> ports;
  for (const auto& service : view.visible_services())
    for (const auto& port : service->ports) ports.insert(port.port);
  if (ports.empty()) return;
  auto* any = inspector->mutable_filter_disabled()->mutable_or_match();
  const auto add = [&](std::uint32_t first, std::uint32_t end) {
    auto* range = any->add_rules()->mutable_destination_port_range();
    range->set_start(static_cast<std::int32_t>(first));
    range->set_end(static_cast<std::int32_t>(end));
  };
  for (const auto port : ports) add(port, port + 1);
  if (any->rules_size() == 1) add(0, 1);  // Envoy takes no list of one
}

// HTTP of which nobody knows the host: it is resolved. What says nothing for a while is bytes.
void add_unknown_http(View& view, Listener* listener) {
  constexpr int kPatienceSeconds = 5;
  const auto& mesh_config = view.mesh_config();
  add_http_inspector(listener);
  disable_at_service_ports(view, listener->mutable_listener_filters(0));
  listener->set_continue_on_listener_filters_timeout(true);
  const auto& timeout = mesh_config.protocol_detection_timeout();
  if (timeout.seconds() > 0 || timeout.nanos() > 0)
    *listener->mutable_listener_filters_timeout() = timeout;
  else
    listener->mutable_listener_filters_timeout()->set_seconds(kPatienceSeconds);

  envoy::config::route::v3::RouteConfiguration table;
  table.set_name(std::string(kDynamicDnsHost));
  set_table_defaults(&table);
  RouteScope scope{.view = view};
  auto* host = table.add_virtual_hosts();
  fill_catch_all(scope, host);
  host->set_include_request_attempt_count(proxy_headers(view.proxy_config()).attempt_count);

  Chain chain = new_chain("virtualOutbound-catchall-tcp-http");
  for (const auto& protocol : plaintext_http_protocols(view.proxy_http10()))
    chain.proto->mutable_filter_chain_match()->add_application_protocols(protocol);
  HcmOptions options;
  options.stat_prefix = "outbound_virtualOutbound_allow_any_dynamic_dns;";
  options.inline_table = &table;
  options.http10 = view.proxy_http10();
  options.filters.plugins = http_plugins(view, ListenerClass::kSidecarOutbound, 0);
  options.filters.dns_cache = filters_dns_cache(view);
  add_hcm(view, options, chain.proto.get());
  *listener->add_filter_chains() = *chain.proto;
}

}  // namespace

void virtual_outbound(View& view, Product& product) {
  const auto& mesh_config = view.mesh_config();
  const std::uint32_t port = outbound_capture_port(mesh_config);
  Listener listener;
  listener.set_name(std::string(kVirtualOutbound));
  set_addresses(wildcards({view.proxy_ipv4(), view.proxy_ipv6()}), port, &listener);
  listener.mutable_use_original_dst()->set_value(true);
  listener.set_traffic_direction(envoy::config::core::v3::OUTBOUND);
  if (view.interception() == mesh::InterceptionMode::kTproxy) listener.mutable_transparent()->set_value(true);

  // A connection made to this very port would be handed back to it for ever.
  Chain loop = new_chain("virtualOutbound-blackhole");
  loop.proto->mutable_filter_chain_match()->mutable_destination_port()->set_value(port);
  add_plain_tcp_proxy(view, kBlackHoleCluster, false, &loop);
  *listener.add_filter_chains() = *loop.proto;

  std::vector<std::string> refs{std::string(kBlackHoleCluster)};
  if (resolves_unknown_hosts(view)) {
    add_unknown_http(view, &listener);
    refs.emplace_back(kDynamicDnsCluster);
  }
  Chain rest = new_chain("virtualOutbound-catchall-tcp");
  const std::string cluster = unknown_traffic_cluster(view);
  add_plain_tcp_proxy(view, cluster, true, &rest);
  *listener.add_filter_chains() = *rest.proto;

  add_access_logs(view, ListenerClass::kSidecarOutbound, LogPlace::kListener, listener.mutable_access_log());
  if (cluster != kBlackHoleCluster) refs.push_back(cluster);
  emit_listener(view, PatchContext::kOutbound, std::move(listener), std::move(refs), {}, product);
}

void http_proxy_listener(View& view, Product& product) {
  const auto& mesh_config = view.mesh_config();
  const auto port = static_cast<std::uint32_t>(mesh_config.proxy_http_port());
  const std::string_view local = view.bind_address();
  const std::vector<std::string> binds =
      local.empty() ? local_hosts({view.proxy_ipv4(), view.proxy_ipv6()}) : std::vector<std::string>{std::string(local)};
  Listener listener;
  listener.set_name(listener_name(binds.front(), port));
  set_addresses(binds, port, &listener);
  listener.set_traffic_direction(envoy::config::core::v3::OUTBOUND);
  listener.set_continue_on_listener_filters_timeout(true);
  listener.mutable_listener_filters_timeout();

  Chain chain = new_chain("");
  HcmOptions options;
  options.stat_prefix = "outbound_" + listener.name() + ";";
  options.route_table = std::string(kHttpProxyTable);
  options.http10 = view.proxy_http10();
  options.absolute_urls = true;
  options.filters.plugins = http_plugins(view, ListenerClass::kSidecarOutbound, port);
  if (resolves_unknown_hosts(view)) options.filters.dns_cache = filters_dns_cache(view);
  add_hcm(view, options, chain.proto.get());
  *listener.add_filter_chains() = *chain.proto;
  // All services that the proxy sees: the catch-all egress listener, which is the last.
  product.children.push_back(route_table_key(view.egress_count() - 1, kHttpProxyTable));
  emit_listener(view, PatchContext::kOutbound, std::move(listener), {std::string(kHttpProxyTable)}, {}, product);
}

}  // namespace amime::translate
