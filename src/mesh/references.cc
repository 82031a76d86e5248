#include "mesh/references.h"

#include <fmt/format.h>

#include <algorithm>

#include "mesh/destinations.h"
#include "mesh/host.h"
#include "mesh/workload_index.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::mesh {
namespace {

namespace api = istio::networking::v1alpha3;

const api::Subset* find_subset(const Mesh& mesh, std::string_view host, std::string_view service_ns, std::string_view ns,
                               std::string_view name, DestinationPolicyPtr* keep) {
  for (const std::string_view client : {ns, service_ns}) {
    *keep = mesh.destination(host, service_ns, client);
    if (!*keep) continue;
    for (const auto& subset : (*keep)->rule->subsets())
      if (subset.name() == name) return &subset;
  }
  return nullptr;
}

bool has_endpoints(const Mesh& mesh, const Service& service, const api::Subset& subset) {
  const std::map<std::string, std::string> wanted(subset.labels().begin(), subset.labels().end());
  for (const auto& port : service.ports) {
    const auto set = mesh.endpoints(service.host, port.port, service.ns);
    for (const auto& endpoint : set->endpoints)
      if (endpoint.healthy && selects(wanted, *endpoint.labels)) return true;
  }
  return false;
}

bool has_any_endpoint(const Mesh& mesh, const Service& service) {
  return std::any_of(service.ports.begin(), service.ports.end(),
                     [&](const ServicePort& port) { return any_ready(*mesh.endpoints(service.host, port.port, service.ns)); });
}

class Finder {
 public:
  Finder(const Mesh& mesh, const ObjectKey& key) : mesh_(mesh), key_(key) {}

  void destination(const api::Destination& destination) {
    const std::string host = resolve_host(destination.host(), key_.ns);
    const auto* services = mesh_.services_of(host);
    if (!services || services->empty()) return add(fmt::format("there is no service {}", host));
    const Service& service = *services->front();
    const std::uint32_t port = destination.port().number();
    if (port != 0 && !service.port(port)) add(fmt::format("service {} has no port {}", host, port));
    if (!destination.subset().empty()) subset(service, destination.subset());
  }
  void gateway(const std::string& name) {
    if (name == "mesh") return;
    const std::string full = resolve_gateway(name, key_.ns);
    const auto [ns, gateway] = split_name(full);
    if (!mesh_.gateway(ns, gateway)) add(fmt::format("there is no Gateway {}", full));
  }
  void delegate(const api::HTTPRoute& route) {
    const std::string full = delegate_name(route, key_.ns);
    const auto [ns, name] = split_name(full);
    if (!mesh_.virtual_service(ns, name)) add(fmt::format("there is no VirtualService {}", full));
  }
  std::vector<std::string> take() {
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return std::move(found_);
  }

 private:
  void subset(const Service& service, const std::string& name) {
    DestinationPolicyPtr keep;
    const api::Subset* subset = find_subset(mesh_, service.host, service.ns, key_.ns, name, &keep);
    if (!subset) return add(fmt::format("no DestinationRule of {} has subset {}", service.host, name));
    const bool known = service.resolution == Resolution::kStatic;  // others' endpoints are the proxy's to find
    if (known && has_any_endpoint(mesh_, service) && !has_endpoints(mesh_, service, *subset))
      add(fmt::format("subset {} of {} has no endpoint that is ready", name, service.host));
  }
  void add(std::string text) { found_.push_back(std::move(text)); }
  const Mesh& mesh_;
  const ObjectKey& key_;
  std::vector<std::string> found_;
};

}  // namespace

bool any_ready(const EndpointSet& set) {
  return std::any_of(set.endpoints.begin(), set.endpoints.end(), [](const Endpoint& e) { return e.healthy; });
}

std::vector<std::string> dangling(const Mesh& mesh, const Object& object) {
  if (object.key.kind != Kind::kVirtualService) return {};
  if (object.derived) return {};  // what is missing is looked at, and answered, where it was made
  const auto& spec = object.spec<api::VirtualService>();
  Finder finder(mesh, object.key);
  each_destination(spec, [&](const api::Destination& destination) { finder.destination(destination); });
  for (const auto& gateway : spec.gateways()) finder.gateway(gateway);
  for (const auto& http : spec.http())
    if (http.has_delegate()) finder.delegate(http);
  return finder.take();
}

bool subset_has_endpoints(const Mesh& mesh, std::string_view host, std::string_view ns, std::string_view subset) {
  const auto* services = mesh.services_of(std::string(host));
  if (!services || services->empty()) return false;
  const Service& service = *services->front();
  DestinationPolicyPtr keep;
  const api::Subset* found = find_subset(mesh, host, service.ns, ns, subset, &keep);
  return found && (service.resolution != Resolution::kStatic || has_endpoints(mesh, service, *found));
}

bool in_use(const Mesh& mesh, std::string_view host, std::uint32_t port, std::string_view subset) {
  bool used = false;
  for (const auto& object : mesh.objects(Kind::kVirtualService)) {
    each_destination(object->spec<api::VirtualService>(), [&](const api::Destination& destination) {
      if (used || resolve_host(destination.host(), object->key.ns) != host) return;
      used = (port == 0 || destination.port().number() == port) && (subset.empty() || destination.subset() == subset);
    });
    if (used) return true;
  }
  return false;
}

}  // namespace amime::mesh
