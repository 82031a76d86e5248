// A sidecar's inbound listeners: virtualInbound, where captured traffic arrives, and those ports that are bound themselves
// (interception mode NONE, Sidecar.ingress with captureMode NONE, `amime up`).
#include <algorithm>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/listener/original_dst/v3/original_dst.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/inbound_chain.h"
#include "translate/inbound_plan.h"
#include "translate/names.h"
#include "translate/pack.h"
#include "translate/patch/patch_listener.h"
#include "translate/reserved_ports.h"
#include "translate/rules.h"
#include "translate/socket_address.h"
#include "translate/telemetry/access_log.h"

namespace amime::translate {
namespace {

using envoy::config::listener::v3::Listener;

Listener new_listener(View& view, std::string name, const std::vector<std::string>& binds, std::uint32_t port) {
  Listener listener;
  listener.set_name(std::move(name));
  set_address(binds.front(), port, listener.mutable_address());
  for (std::size_t i = 1; i < binds.size(); ++i) set_address(binds[i], port, listener.add_additional_addresses()->mutable_address());
  listener.set_traffic_direction(envoy::config::core::v3::INBOUND);
  listener.set_continue_on_listener_filters_timeout(true);
  *listener.mutable_listener_filters_timeout() = view.mesh_config().protocol_detection_timeout();
  listener.mutable_max_connections_to_accept_per_socket_event()->set_value(1);
  add_access_logs(view, ListenerClass::kSidecarInbound, LogPlace::kListener, listener.mutable_access_log());
  return listener;
}

void add_original_dst(Listener* listener) {
  auto* filter = listener->add_listener_filters();
  filter->set_name("envoy.filters.listener.original_dst");
  pack(envoy::extensions::filters::listener::original_dst::v3::OriginalDst(), filter->mutable_typed_config());
}

void emit(View& view, const InboundSide& side, Listener listener, std::vector<std::string> refs, std::vector<mesh::ObjectKey> from,
          Product& product) {
  if (listener.filter_chains().empty()) return;  // a STRICT port of a proxy without identity: nothing listens
  add_inbound_inspectors(&listener);
  refs.insert(refs.end(), side.judges.refs.begin(), side.judges.refs.end());
  from.insert(from.end(), side.judges.from.begin(), side.judges.from.end());
  emit_listener(view, PatchContext::kInbound, std::move(listener), std::move(refs), std::move(from), product);
}

void note_strict_without_identity(const InboundSide& side, Product& product) {
  if (side.has_identity) return;
  const auto strict = [](const auto& port) { return port.second == mesh::MutualTls::kStrict; };
  if (side.peers.mode != mesh::MutualTls::kStrict && std::none_of(side.peers.by_port.begin(), side.peers.by_port.end(), strict)) return;
  product.notes.push_back(
      {side.peers.from.back(), "not-honoured", "spec.mtls.mode",
       side.local ? "workloads of `amime up --plaintext` have no certificates: their STRICT ports take plain text of this machine"
                  : "proxies without an agent have no certificates: their STRICT ports take no connections"});
}

void add_virtual_inbound(View& view, const InboundSide& side, const std::vector<InboundPort>& ports, Product& product) {
  Listener listener = new_listener(view, std::string(kVirtualInbound), wildcards({view.proxy_ipv4(), view.proxy_ipv6()}),
                                   inbound_capture_port(view.mesh_config()));
  if (view.interception() == mesh::InterceptionMode::kTproxy) listener.mutable_transparent()->set_value(true);
  add_original_dst(&listener);
  std::vector<std::string> refs;
  std::vector<mesh::ObjectKey> from;
  Taken taken;
  add_passthrough_chains(view, side, ports, &listener, &refs, &taken);
  for (const auto& port : ports) {
    if (port.bind_to_port) continue;
    add_inbound_chains(view, side, port, &listener, &refs, &taken);
    from.push_back(port.source);
  }
  product.take(taken, &from);
  emit(view, side, std::move(listener), std::move(refs), std::move(from), product);
}

void add_bound(View& view, const InboundSide& side, const InboundPort& port, Product& product) {
  Listener listener = new_listener(view, listener_name(port.binds.front(), port.port), port.binds, port.port);
  std::vector<std::string> refs;
  std::vector<mesh::ObjectKey> from{port.source};
  Taken taken;
  add_inbound_chains(view, side, port, &listener, &refs, &taken);
  product.take(taken, &from);
  emit(view, side, std::move(listener), std::move(refs), std::move(from), product);
}

}  // namespace

void inbound_listener(View& view, std::string_view, Product& product) {
  const auto ports = plan_inbound(view, &product.notes);
  const InboundSide side = inbound_side(view, &product.notes);
  note_strict_without_identity(side, product);
  if (view.interception() != mesh::InterceptionMode::kNone && view.inbound_address().empty())
    add_virtual_inbound(view, side, ports, product);
  for (const auto& port : ports)
    if (port.bind_to_port) add_bound(view, side, port, product);
}

}  // namespace amime::translate
