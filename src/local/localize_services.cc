#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "local/istio_specs.h"
#include "local/localize_parts.h"
#include "mesh/mesh.h"

namespace amime::local {
namespace {

// A stable address of Kubernetes' usual service range for that Service.
std::string cluster_ip(const std::string& owner, std::map<std::string, std::string>* taken) {
  for (std::uint64_t number = base::hash64(owner);; ++number) {
    const auto ip = fmt::format("10.96.{}.{}", (number >> 8) % 256, number % 254 + 1);
    if (taken->try_emplace(ip, owner).first->second == owner) return ip;
  }
}

PortKind kind_of(mesh::Protocol protocol) {
  if (mesh::is_http(protocol)) return PortKind::kHttp;
  return protocol == mesh::Protocol::kUnset ? PortKind::kAny : PortKind::kTcp;
}

void add_port(std::vector<LocalPort>* ports, LocalPort port) {
  auto it = std::find_if(ports->begin(), ports->end(), [&](const LocalPort& other) { return other.local == port.local; });
  if (it == ports->end()) return ports->push_back(std::move(port));
  if (it->kind == PortKind::kAny) it->kind = port.kind;  // a Service tells more than a container port
}

}  // namespace

std::vector<const Planned*> selected(const mesh::Object& service, const std::vector<Planned>& planned) {
  std::vector<const Planned*> out;
  const auto& selector = service.as<mesh::KubeService>().selector;
  if (selector.empty()) return out;
  for (const auto& one : planned) {
    const bool entry = one.source && one.source->key.kind == mesh::Kind::kWorkloadEntry;
    if (one.workload.ns == service.key.ns && !entry && mesh::selects(selector, one.workload.labels)) out.push_back(&one);
  }
  return out;
}

unsigned target_port(const mesh::KubeServicePort& port, const mesh::KubePod& pod) {
  if (port.target_port_name.empty()) return port.target_port ? port.target_port : port.port;
  for (const auto& container : pod.containers)
    for (const auto& candidate : container.ports)
      if (candidate.name == port.target_port_name) return candidate.port;
  return 0;
}

mesh::ObjectPtr local_service(const mesh::ObjectPtr& service, const std::vector<const Planned*>& selected, PortRule rule,
                              std::map<std::string, std::string>* taken) {
  mesh::Object out = *service;
  auto& spec = std::get<mesh::KubeService>(out.payload);
  if (spec.cluster_ips.empty() && spec.external_name.empty() && spec.type != "ExternalName")
    spec.cluster_ips = {cluster_ip(out.key.ns + "/" + out.key.name, taken)};
  const bool gateway = std::any_of(selected.begin(), selected.end(), [](const Planned* one) { return one->workload.gateway; });
  if (selected.empty()) return finished(std::move(out));  // its endpoints are the user's own
  for (auto& port : spec.ports) {
    if (!port.target_port_name.empty()) continue;  // the pod's ports are moved
    const unsigned target = port.target_port ? port.target_port : port.port;
    const unsigned local = gateway ? rule.gateway(target) : rule.local(target);
    if (local != target) port.target_port = local;
  }
  return finished(std::move(out));
}

mesh::ObjectPtr endpoint_slice(const mesh::Object& service, const std::vector<const Planned*>& selected,
                               const std::function<bool(const Workload&)>& ready) {
  const auto& spec = service.as<mesh::KubeService>();
  const bool headless = !spec.cluster_ips.empty() && spec.cluster_ips[0] == "None";
  std::vector<mesh::KubeEndpointGroup> groups;  // pods may have different numbers for one named port
  for (const Planned* one : selected) {
    std::vector<mesh::KubeEndpointPort> ports;
    for (const auto& port : spec.ports)
      if (const unsigned target = target_port(port, one->pod)) ports.push_back({port.name, port.app_protocol, port.protocol, target});
    mesh::KubeEndpoint endpoint;
    endpoint.addresses = {one->workload.addresses.inbound};
    endpoint.ready = endpoint.serving = ready(one->workload);
    endpoint.node_name = one->pod.node_name;
    endpoint.target_kind = "Pod";
    endpoint.target_name = one->workload.name;
    endpoint.target_namespace = one->workload.ns;
    if (headless && (one->ordinal_host || one->pod.subdomain == service.key.name))
      endpoint.hostname = one->pod.hostname.empty() ? one->workload.name : one->pod.hostname;
    auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return std::equal(group.ports.begin(), group.ports.end(), ports.begin(), ports.end(),
                        [](const auto& a, const auto& b) { return a.name == b.name && a.port == b.port; });
    });
    if (same == groups.end()) same = groups.insert(groups.end(), {ports, {}});
    same->endpoints.push_back(std::move(endpoint));
  }
  if (groups.empty()) return nullptr;
  mesh::Object out;
  out.key = {mesh::Kind::kEndpointSlice, service.key.ns, service.key.name + "-local"};
  out.api_version = "discovery.k8s.io/v1";
  out.labels = {{"kubernetes.io/service-name", service.key.name}};
  if (headless) out.labels["service.kubernetes.io/headless"] = "";
  out.payload = mesh::KubeEndpoints{service.key.name, "IPv4", std::move(groups)};
  return finished(std::move(out));
}

void set_application_ports(const std::vector<mesh::ObjectPtr>& objects, PortRule rule, Planned* planned) {
  Workload& workload = planned->workload;
  auto add = [&](unsigned declared, mesh::Protocol protocol, const std::string& name) {
    if (declared) add_port(&workload.ports, {declared, rule.local(declared), kind_of(protocol), name});
  };
  for (const auto& object : objects) {
    if (object->key.ns != workload.ns) continue;
    if (object->key.kind == mesh::Kind::kService) {
      const auto& spec = object->as<mesh::KubeService>();
      if (spec.selector.empty() || !mesh::selects(spec.selector, workload.labels)) continue;
      for (const auto& port : spec.ports)
        if (port.protocol == "TCP")
          add(target_port(port, planned->pod), mesh::protocol_from_port(port.name, port.app_protocol, port.protocol, port.port), port.name);
    } else if (object->key.kind == mesh::Kind::kServiceEntry) {
      const auto spec = read_service_entry(*object);
      if (spec.selector.empty() || !mesh::selects(spec.selector, workload.labels)) continue;
      for (const auto& port : spec.ports) {
        unsigned target = port.target ? port.target : port.number;
        if (planned->source && planned->source->key.kind == mesh::Kind::kWorkloadEntry) {
          const auto named = read_workload_entry(*planned->source).ports;
          if (auto it = named.find(port.name); it != named.end()) target = it->second;
        }
        add(target, mesh::parse_protocol(port.protocol), port.name);
      }
    }
  }
  for (const auto& container : planned->pod.containers)
    for (const auto& port : container.ports)
      if (port.protocol.empty() || port.protocol == "TCP") add(port.port, mesh::Protocol::kUnset, port.name);
  std::sort(workload.ports.begin(), workload.ports.end(), [](const auto& a, const auto& b) { return a.declared < b.declared; });
}

}  // namespace amime::local
