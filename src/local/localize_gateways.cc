#include <algorithm>
#include <set>

#include "local/istio_specs.h"
#include "local/localize_parts.h"
#include "mesh/mesh.h"
#include "mesh/target_refs.h"

namespace amime::local {
namespace {

constexpr std::string_view kStandardNamespace = "istio-system";

// Where its workloads must be; empty: anywhere.
std::string workloads_ns(const mesh::Object& gateway) { return gateway.derived ? gateway.derived->workloads_ns : ""; }

bool serves(const Workload& workload, const mesh::Object& gateway, const GatewaySpec& spec) {
  const std::string ns = workloads_ns(gateway);
  return (ns.empty() || ns == workload.ns) && mesh::selects(spec.selector, workload.labels);
}

// The name that Istio's charts give the gateway of this selector, or that Istio gives what it deploys for a Gateway.
std::string name_for(const std::map<std::string, std::string>& selector) {
  if (auto it = selector.find(std::string(mesh::kGatewayNameLabel)); it != selector.end()) return it->second + "-istio";
  if (auto it = selector.find("istio"); it != selector.end()) return "istio-" + it->second;
  if (auto it = selector.find("app"); it != selector.end()) return it->second;
  return selector.empty() ? "istio-ingressgateway" : selector.begin()->second;
}

// The user's Service for it, if there is one: it tells the namespace and more labels.
mesh::ObjectPtr service_for(const std::vector<mesh::ObjectPtr>& objects, const std::map<std::string, std::string>& selector,
                            const std::string& ns) {
  for (const auto& object : objects) {
    if (object->key.kind != mesh::Kind::kService || (!ns.empty() && object->key.ns != ns)) continue;
    const auto& service = object->as<mesh::KubeService>().selector;
    if (!service.empty() && std::includes(service.begin(), service.end(), selector.begin(), selector.end())) return object;
  }
  return nullptr;
}

// Secrets are served to gateways of their own namespace only, so a gateway with a credential goes where Secrets are.
std::string namespace_for(const std::vector<mesh::ObjectPtr>& objects, const mesh::Object& gateway, const GatewaySpec& spec) {
  if (const std::string ns = workloads_ns(gateway); !ns.empty()) return ns;
  const bool credentials = std::any_of(spec.servers.begin(), spec.servers.end(), [](const auto& server) { return server.has_credential; });
  auto has_secret = [&](std::string_view ns) {
    return std::any_of(objects.begin(), objects.end(),
                       [&](const auto& object) { return object->key.kind == mesh::Kind::kSecret && object->key.ns == ns; });
  };
  if (credentials && !has_secret(kStandardNamespace) && has_secret(gateway.key.ns)) return gateway.key.ns;
  return std::string(kStandardNamespace);
}

Planned make_gateway(const std::vector<mesh::ObjectPtr>& objects, const mesh::Object& gateway, const GatewaySpec& spec) {
  Planned out;
  out.workload.gateway = true;
  out.workload.labels = {spec.selector.begin(), spec.selector.end()};
  if (spec.selector.empty()) out.workload.labels = {{"istio", "ingressgateway"}};
  if (auto service = service_for(objects, spec.selector, workloads_ns(gateway))) {
    const auto& more = service->as<mesh::KubeService>().selector;
    out.workload.labels.insert(more.begin(), more.end());
    out.workload.ns = service->key.ns;
    out.workload.owner = service->key.name;
  } else {
    out.workload.ns = namespace_for(objects, gateway, spec);
    out.workload.owner = name_for(spec.selector);
  }
  out.workload.name = out.workload.owner + "-0";
  out.workload.service_account = out.workload.owner;
  return out;
}

// All servers that this gateway serves, each port once.
std::vector<GatewayServer> servers_of(const std::vector<mesh::ObjectPtr>& objects, const Workload& workload) {
  std::vector<GatewayServer> out;
  std::set<unsigned> seen;
  for (const auto& object : objects) {
    if (object->key.kind != mesh::Kind::kGateway) continue;
    const auto spec = read_gateway(*object);
    if (!serves(workload, *object, spec)) continue;
    for (const auto& server : spec.servers)
      if (seen.insert(server.port).second) out.push_back(server);
  }
  return out;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

mesh::ObjectPtr make_service(const std::vector<mesh::ObjectPtr>& objects, const Planned& gateway) {
  mesh::KubeService service;
  service.type = "LoadBalancer";
  service.selector = {gateway.workload.labels.begin(), gateway.workload.labels.end()};
  for (const auto& server : servers_of(objects, gateway.workload)) {
    mesh::KubeServicePort port;
    port.name = lower(server.protocol.empty() ? "tcp" : server.protocol) + "-" + std::to_string(server.port);
    port.port = server.port;
    service.ports.push_back(std::move(port));
  }
  mesh::Object out;
  out.key = {mesh::Kind::kService, gateway.workload.ns, gateway.workload.owner};
  out.api_version = "v1";
  out.labels = gateway.workload.labels;
  out.payload = std::move(service);
  return finished(std::move(out));
}

}  // namespace

void add_gateways(const std::vector<mesh::ObjectPtr>& objects, std::vector<Planned>* planned, std::vector<mesh::ObjectPtr>* services) {
  for (const auto& object : objects) {
    if (object->key.kind != mesh::Kind::kGateway) continue;
    const auto spec = read_gateway(*object);
    const bool found = std::any_of(planned->begin(), planned->end(),
                                   [&](const Planned& other) { return other.workload.gateway && serves(other.workload, *object, spec); });
    if (!found) planned->push_back(make_gateway(objects, *object, spec));
  }
  for (const auto& gateway : *planned) {
    if (!gateway.workload.gateway) continue;
    auto selects_it = [&](const mesh::ObjectPtr& object) {
      if (object->key.kind != mesh::Kind::kService || object->key.ns != gateway.workload.ns) return false;
      const auto& selector = object->as<mesh::KubeService>().selector;
      return !selector.empty() && mesh::selects(selector, gateway.workload.labels);
    };
    if (std::none_of(objects.begin(), objects.end(), selects_it) && std::none_of(services->begin(), services->end(), selects_it))
      services->push_back(make_service(objects, gateway));
  }
}

void set_gateway_ports(const std::vector<mesh::ObjectPtr>& objects, const std::vector<mesh::ObjectPtr>& services, Planned* gateway) {
  for (const auto& server : servers_of(objects, gateway->workload)) {
    LocalPort out{server.port, server.port, PortKind::kAny, lower(server.protocol)};
    for (const auto& service : services) {  // localized already: their targets are where the listener really is
      const auto& spec = service->as<mesh::KubeService>();
      if (service->key.ns != gateway->workload.ns || spec.selector.empty() || !mesh::selects(spec.selector, gateway->workload.labels))
        continue;
      for (const auto& port : spec.ports)
        if (port.port == server.port)
          if (const unsigned target = target_port(port, gateway->pod)) out.local = target;
    }
    gateway->workload.ports.push_back(std::move(out));
  }
  std::sort(gateway->workload.ports.begin(), gateway->workload.ports.end(),
            [](const auto& a, const auto& b) { return a.declared < b.declared; });
}

}  // namespace amime::local
