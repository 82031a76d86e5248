#include "translate/inbound_plan.h"

#include <fmt/format.h>

#include <map>

#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "translate/reserved_ports.h"
#include "translate/socket_address.h"

namespace amime::translate {
namespace {

using istio::networking::v1alpha3::CaptureMode;
using istio::networking::v1alpha3::IstioIngressListener;
using istio::networking::v1alpha3::ServerTLSSettings;
using istio::networking::v1alpha3::Sidecar;
using Ports = std::map<std::uint32_t, InboundPort>;

IpFamilies families(View& view) { return {view.proxy_ipv4(), view.proxy_ipv6()}; }
bool captures(View& view) { return view.interception() != mesh::InterceptionMode::kNone; }

// The oldest service has the port; it matters to a user only where the other would have it otherwise.
void note_conflict(const InboundPort& old, const InboundPort& other, std::vector<Note>* notes) {
  if (old.protocol == other.protocol || old.host == other.host) return;
  notes->push_back({other.source, "conflict", "spec.ports",
                    fmt::format("port {} of the workload is already {}'s, with another protocol", other.port, old.host)});
}

void add(InboundPort port, Ports* ports, std::vector<Note>* notes) {
  const auto number = port.port;
  const auto [it, fresh] = ports->try_emplace(number, std::move(port));
  if (!fresh) note_conflict(it->second, port, notes);
}

void add_service_ports(View& view, const std::vector<std::string>& binds, bool bind_to_port, Ports* ports, std::vector<Note>* notes) {
  const auto reserved = reserved_ports(view.mesh_config());
  for (const auto& target : view.service_targets()) {
    if (target.port.protocol == mesh::Protocol::kUdp) continue;
    InboundPort port{target.target_port, target.port.protocol,  target.service->host, target.port.port, binds,
                     bind_to_port,       target.service->source};
    if (reserved.count(target.target_port) > 0) {
      notes->push_back({port.source, "conflict", "spec.ports", fmt::format("target port {} is one of the proxy's own", port.port)});
      continue;
    }
    add(std::move(port), ports, notes);
  }
}

std::vector<std::string> ingress_binds(View& view, const IstioIngressListener& ingress) {
  if (const auto local = view.inbound_address(); !local.empty()) return {std::string(local)};
  if (!ingress.bind().empty()) return {ingress.bind()};
  if (const auto& ips = view.proxy_ips(); !ips.empty()) return {ips.front()};
  return wildcards(families(view));
}

void add_ingress(View& view, const mesh::Object& sidecar, Ports* ports, std::vector<Note>* notes) {
  int index = 0;
  for (const auto& ingress : sidecar.spec<Sidecar>().ingress()) {
    const std::string field = fmt::format("spec.ingress[{}]", index++);
    InboundPort port;
    if (terminates_tls(ingress))
      port.tls = &ingress.tls();
    else if (ingress.has_tls())
      notes->push_back(
          {sidecar.key, "no-effect", field + ".tls.mode", "PASSTHROUGH: the application ends the TLS itself, as without `tls`"});
    port.port = port.service_port = ingress.port().number();
    port.protocol = protocol_of(ingress);
    port.host = sidecar.key.name + "." + sidecar.key.ns;
    port.binds = ingress_binds(view, ingress);
    const bool by_default = ingress.capture_mode() == CaptureMode::DEFAULT;
    port.bind_to_port = !view.inbound_address().empty() || (by_default ? !captures(view) : ingress.capture_mode() == CaptureMode::NONE);
    port.source = sidecar.key;
    add(std::move(port), ports, notes);
  }
}

}  // namespace

bool terminates_tls(const IstioIngressListener& ingress) {
  const auto mode = ingress.tls().mode();
  return ingress.has_tls() &&
         (mode == ServerTLSSettings::SIMPLE || mode == ServerTLSSettings::MUTUAL || mode == ServerTLSSettings::OPTIONAL_MUTUAL);
}

mesh::Protocol protocol_of(const IstioIngressListener& ingress) {
  const auto written = mesh::parse_protocol(ingress.port().protocol());
  if (!terminates_tls(ingress)) return written;
  if (written == mesh::Protocol::kHttps) return mesh::Protocol::kHttp;
  return written == mesh::Protocol::kTls ? mesh::Protocol::kTcp : written;
}

std::vector<InboundPort> plan_inbound(View& view, std::vector<Note>* notes) {
  Ports ports;
  const auto sidecar = view.sidecar();
  if (sidecar && sidecar->spec<Sidecar>().ingress_size() > 0)
    add_ingress(view, *sidecar, &ports, notes);
  else if (const auto local = view.inbound_address(); !local.empty())
    add_service_ports(view, {std::string(local)}, true, &ports, notes);
  else if (captures(view))  // else the application itself has the ports, unless a Sidecar says which others to take
    add_service_ports(view, wildcards(families(view)), false, &ports, notes);
  std::vector<InboundPort> out;
  for (auto& [number, port] : ports) out.push_back(std::move(port));
  return out;
}

}  // namespace amime::translate
