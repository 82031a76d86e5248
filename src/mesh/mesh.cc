#include "mesh/mesh.h"

#include <algorithm>

#include "mesh/data.h"
#include "mesh/host.h"
#include "mesh/update.h"

namespace amime::mesh {

Mesh::Mesh() : data_(std::make_shared<const Data>()) {}
Mesh::~Mesh() = default;
Mesh::Mesh(const Mesh&) = default;
Mesh::Mesh(Mesh&&) noexcept = default;
Mesh& Mesh::operator=(const Mesh&) = default;
Mesh& Mesh::operator=(Mesh&&) noexcept = default;

Mesh Mesh::apply(const std::vector<Change>& changes, ChangeSet* out) const {
  auto next = std::make_shared<Data>(*data_);
  Update update(*data_, *next);
  update.run(changes);
  if (out) *out = update.take_change_set();
  Mesh mesh;
  mesh.data_ = std::move(next);
  return mesh;
}

const istio::mesh::v1alpha1::MeshConfig& Mesh::mesh_config() const { return *data_->settings->config; }
std::uint64_t Mesh::mesh_config_digest() const { return data_->settings->digest; }
std::string_view Mesh::root_namespace() const { return data_->settings->root_namespace; }
std::string_view Mesh::trust_domain() const { return data_->settings->trust_domain; }

const std::vector<ServicePtr>* Mesh::services_of(std::string_view host) const { return data_->services.of_host(host); }

EndpointSetPtr Mesh::endpoints(std::string_view host, std::uint32_t port) const {
  const Service* service = preferred_service(data_->services.of_host(host));
  return service ? endpoints(host, port, service->ns) : empty_endpoint_set();
}
EndpointSetPtr Mesh::endpoints(std::string_view host, std::uint32_t port, std::string_view service_ns) const {
  return data_->endpoints.find(service_ns, host, port);
}

DestinationPolicyPtr Mesh::destination(std::string_view host, std::string_view service_ns, std::string_view client_ns,
                                       const Labels* client_labels) const {
  return data_->destinations.find(host, service_ns, client_ns, root_namespace(), client_labels);
}

bool Mesh::same_destination_for_all(std::string_view host, std::string_view service_ns) const {
  return data_->destinations.same_for_all(host, service_ns, root_namespace());
}
std::uint64_t Mesh::selecting_destinations(std::string_view host, std::string_view client_ns) const {
  return data_->destinations.selecting(host, client_ns, root_namespace());
}

ObjectPtr Mesh::virtual_service(std::string_view ns, std::string_view name) const {
  return data_->objects.find(Kind::kVirtualService, ns, name);
}

std::vector<VirtualServiceRef> Mesh::virtual_services_of_gateway(std::string_view gateway, std::string_view gateway_ns) const {
  const bool full = gateway.find('/') != std::string_view::npos || gateway == kMeshGateway;
  std::vector<VirtualServiceRef> out;
  for (const auto& header : data_->virtual_services.of_gateway(full ? std::string(gateway) : join_name(gateway_ns, gateway), gateway_ns))
    out.push_back({data_->objects.find(header->key), header->hosts});
  return out;
}

std::uint64_t Mesh::service_headers_digest() const { return data_->services.headers_digest(); }
std::uint64_t Mesh::virtual_service_headers_digest() const { return data_->virtual_services.headers_digest(); }
VisiblePtr Mesh::visible(const ProxyFacts& proxy) const { return visible_to(*data_, proxy); }
bool Mesh::every_namespace_sees_the_same() const { return mesh::every_namespace_sees_the_same(*data_); }

ObjectPtr Mesh::sidecar_for(const ProxyFacts& proxy) const {
  if (proxy.type == ProxyType::kRouter) return nullptr;  // a Sidecar object is for sidecars
  return data_->sidecars.find(proxy.ns, proxy.labels, root_namespace());
}

std::vector<ObjectPtr> Mesh::gateways_for(const ProxyFacts& proxy) const { return data_->gateways.find(proxy.ns, proxy.labels); }
bool Mesh::telemetry_of_metrics() const { return data_->telemetries.metrics(); }
std::vector<ObjectPtr> Mesh::telemetries_for(const ProxyFacts& proxy) const { return data_->telemetries.find(proxy, root_namespace()); }
std::vector<ObjectPtr> Mesh::envoy_filters_for(const ProxyFacts& proxy) const { return data_->envoy_filters.find(proxy, root_namespace()); }
std::vector<WasmPluginRef> Mesh::wasm_plugins_for(const ProxyFacts& proxy) const {
  return data_->wasm_plugins.find(proxy, root_namespace());
}
ObjectPtr Mesh::wasm_plugin(std::string_view ns, std::string_view name) const { return data_->objects.find(Kind::kWasmPlugin, ns, name); }
std::vector<ObjectPtr> Mesh::authorizations_for(const ProxyFacts& proxy) const {
  return data_->policies.authorizations(proxy, root_namespace());
}
std::vector<ObjectPtr> Mesh::authentications_for(const ProxyFacts& proxy) const {
  return data_->policies.authentications(proxy, root_namespace());
}
PeerPolicies Mesh::peers_of(std::string_view ns) const { return data_->policies.peers(ns, root_namespace()); }
ObjectPtr Mesh::key_set(std::string_view uri) const { return data_->objects.find(Kind::kKeySet, "", uri); }
ObjectPtr Mesh::gateway(std::string_view ns, std::string_view name) const { return data_->objects.find(Kind::kGateway, ns, name); }
// ConfigMaps hold authorities as Secrets do; they are asked for as "configmap/NAME", which no Secret can be called.
ObjectPtr Mesh::secret(std::string_view ns, std::string_view name) const {
  constexpr std::string_view kConfigMap = "configmap/";
  if (!name.starts_with(kConfigMap)) return data_->objects.find(Kind::kSecret, ns, name);
  return data_->objects.find(Kind::kConfigMap, ns, name.substr(kConfigMap.size()));
}
std::vector<ServiceTarget> Mesh::service_targets(const ProxyFacts& proxy) const { return targets_of(*data_, proxy); }

Locality Mesh::locality_of(const ProxyFacts& proxy) const {
  if (proxy.locality != Locality{}) return proxy.locality;
  WorkloadPtr workload = workload_of(*data_, proxy);
  return workload ? workload->locality : Locality{};
}

const Labels* Mesh::namespace_labels(std::string_view ns) const {
  ObjectPtr found = data_->objects.find(Kind::kNamespace, "", ns);
  return found ? &found->labels : nullptr;  // alive as long as this snapshot
}

ObjectPtr Mesh::object(const ObjectKey& key) const { return data_->objects.find(key); }
std::vector<ObjectPtr> Mesh::objects(Kind kind) const { return data_->objects.list(kind); }

std::vector<ObjectPtr> Mesh::objects() const {
  std::vector<ObjectPtr> out;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    auto some = objects(static_cast<Kind>(kind));
    out.insert(out.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return out;
}

std::vector<ObjectPtr> Mesh::unselected_objects() const {
  std::vector<ObjectPtr> out;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    auto some = data_->discovery.aside().list(static_cast<Kind>(kind));
    out.insert(out.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return out;
}

std::size_t Mesh::size() const { return data_->objects.size(); }

bool ProxyFacts::ipv6() const { return !ips.empty() && ips.front().find(':') != std::string::npos; }

}  // namespace amime::mesh
