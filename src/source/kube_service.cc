// core/v1 Service.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "source/kube_kinds.h"
#include "source/names.h"
#include "source/proto_values.h"

namespace amime::source {
namespace {

using mesh::KubeService;
using mesh::KubeServicePort;

// targetPort is a number or the name of a container's port.
void read_target_port(FieldReader& port, KubeServicePort& out) {
  const base::Tree& target = port.tree()["targetPort"];
  if (!target.is_scalar()) {
    if (!target.is_null()) port.error("targetPort", fmt::format("expected a number or a name, found {}", target.describe()));
  } else if (target.quoted() || base::scalar_type(target.text()) == base::ScalarType::kString) {
    out.target_port_name = target.text();
  } else {
    port.port("targetPort", out.target_port);
  }
}

void read_port(FieldReader& port, KubeService& service) {
  KubeServicePort out;
  port.read("name", out.name);
  port.read("appProtocol", out.app_protocol);
  port.read("protocol", out.protocol);
  port.port("port", out.port);
  port.port("nodePort", out.node_port);
  read_target_port(port, out);
  if (out.port == 0) port.error("port", "must be between 1 and 65535");
  service.ports.push_back(std::move(out));
}

void check_ports(FieldReader& spec, const KubeService& service) {
  std::set<std::string> names;
  std::set<std::pair<std::uint32_t, std::string>> numbers;
  std::size_t index = 0;
  spec.each("ports", [&](FieldReader& port) {
    if (index >= service.ports.size()) return;
    const KubeServicePort& p = service.ports[index++];
    if (p.name.empty() && service.ports.size() > 1) port.error("name", "is required where a Service has several ports");
    if (!p.name.empty() && !names.insert(p.name).second) port.error("name", fmt::format("\"{}\" stands twice", p.name));
    if (!numbers.emplace(p.port, p.protocol).second) port.error("port", fmt::format("{}/{} stands twice", p.port, p.protocol));
  });
}

void read_status(FieldReader& status, KubeService& service) {
  status.in("loadBalancer", [&](FieldReader& balancer) {
    balancer.each("ingress", [&](FieldReader& ingress) {
      std::string ip, hostname;
      ingress.read("ip", ip);
      ingress.read("hostname", hostname);
      if (!ip.empty() || !hostname.empty()) service.load_balancer_ingress.push_back(ip.empty() ? hostname : ip);
    });
  });
}

// As an API server has them: addresses without a zone, each once; or, where `none_allowed`, "None" alone.
void check_addresses(FieldReader& spec, const char* field, const std::vector<std::string>& addresses, bool none_allowed) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::string& address = addresses[i];
    const bool none = none_allowed && address == "None" && addresses.size() == 1;
    const Path at = spec.has(field) && spec.tree()[field].is_sequence() ? spec.path() / field / i : spec.path() / field;
    if (!none && (!is_ip(address) || address.find('%') != std::string::npos))
      spec.errors().add(at, fmt::format("\"{}\" is not an IP address", address));
    if (!seen.insert(address).second) spec.errors().add(at, fmt::format("\"{}\" stands twice", address));
  }
}

// The old single field, where only that is given.
void read_cluster_ips(FieldReader& spec, KubeService& service) {
  spec.read("clusterIPs", service.cluster_ips);
  std::string first;
  spec.read("clusterIP", first);
  check_addresses(spec, "clusterIPs", service.cluster_ips, true);
  if (!first.empty()) check_addresses(spec, "clusterIP", {first}, true);
  if (service.cluster_ips.empty() && !first.empty()) service.cluster_ips.push_back(first);
  if (service.type == "ExternalName") service.cluster_ips.clear();
}

}  // namespace

mesh::Payload read_service(FieldReader& object) {
  KubeService service;
  object.in("spec", [&](FieldReader& spec) {
    spec.read("type", service.type);
    spec.read("externalIPs", service.external_ips);
    spec.read("selector", service.selector);
    spec.read("externalName", service.external_name);
    spec.read("trafficDistribution", service.traffic_distribution);
    spec.read("internalTrafficPolicy", service.internal_traffic_policy);
    spec.read("sessionAffinity", service.session_affinity);
    spec.read("publishNotReadyAddresses", service.publish_not_ready_addresses);
    check_addresses(spec, "externalIPs", service.external_ips, false);
    read_cluster_ips(spec, service);
    spec.each("ports", [&](FieldReader& port) { read_port(port, service); });
    check_ports(spec, service);
    if (service.type == "ExternalName" && service.external_name.empty()) spec.error("externalName", "is required for type ExternalName");
  });
  object.in("status", [&](FieldReader& status) { read_status(status, service); });
  return service;
}

}  // namespace amime::source
