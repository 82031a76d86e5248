// Mesh: an immutable, indexed snapshot of all valid objects, and how the next one is made.
//
// A pure value: no I/O, no threads. apply() makes the next snapshot in time proportional to the changes (indexes are
// copy-on-write) and says which facts it touched, so that translation recomputes what depends on those and nothing else.
// Reads take the facts' keys as below; translation never calls them itself, only through translate::View, which records
// each read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/model.h"
#include "mesh/object.h"
#include "mesh/peer_modes.h"
#include "mesh/proxy.h"

namespace amime::mesh {

// The kinds of facts that a snapshot answers. A fact is (kind, key); see the accessors of Mesh for the keys.
enum class Fact : std::uint8_t {
  kMeshConfig,             // key "": MeshConfig
  kService,                // key HOST: the services of that host (all namespaces)
  kServiceHeaders,         // key "": hosts, namespaces, ports, addresses, exportTo of all services
  kEndpoints,              // key HOST|PORT
  kDestination,            // key HOST (the DestinationRule's own host, wildcard or not)
  kVirtualService,         // key NAMESPACE/NAME: the whole object
  kVirtualServiceHeaders,  // key "": hosts, gateways, exportTo, age of all VirtualServices
  kSidecars,               // key NAMESPACE; the root namespace's are everyone's defaults
  kGateways,               // key "": all Gateway objects
  kGateway,                // key NAMESPACE/NAME
  kSecret,                 // key NAMESPACE/NAME; of a ConfigMap NAMESPACE/configmap/NAME
  kWorkload,               // key IP: pods, WorkloadEntries and endpoints at that address, and what selects them; key @NAMESPACE:
                           // that namespace's selectors (a proxy whose pod is not known is selected by its own labels)
  kNamespace,              // key NAMESPACE: its labels
  kEnvoyFilters,           // key "": all EnvoyFilter objects
  kTelemetries,            // key "": all Telemetry objects
  kWasmPlugins,            // key "": all WasmPlugin objects
  kWasmPlugin,             // key NAMESPACE/NAME
  kAuthorizations,         // key NAMESPACE: its AuthorizationPolicy objects; the root namespace's are everyone's too
  kAuthentications,        // key NAMESPACE: its RequestAuthentication objects, likewise
  kPeers,                  // key NAMESPACE: its PeerAuthentication objects; the root namespace's are everyone's defaults
  kKeySet,                 // key URI: the keys fetched from there
};
struct FactKey {
  Fact fact{};
  std::string key;
  auto operator<=>(const FactKey&) const = default;
  bool operator==(const FactKey&) const = default;
};

// What differs between two snapshots.
struct ChangeSet {
  std::vector<FactKey> touched;    // may hold a fact whose answer is in the end the same; never lacks one that differs
  std::vector<ObjectKey> objects;  // the objects added, changed or removed
};

// The services, VirtualServices and egress settings that a namespace's proxies see: exportTo applied, the Sidecar object
// (if one selects the proxy) applied. Sorted as Istio sorts (oldest first, then name, then namespace), so that conflicts
// resolve alike.
struct VirtualServiceRef {
  ObjectPtr object;                // its spec; hosts already resolved to full names below
  std::vector<std::string> hosts;  // short names resolved against the object's namespace
};
// A WasmPlugin that means a proxy.
struct WasmPluginRef {
  ObjectPtr object;
  std::uint64_t header = 0;  // digest of what decides where its filter stands: all but the module and what it is told
};
struct EgressListener {    // of a Sidecar object; without one, a single entry with port 0
  std::uint32_t port = 0;  // 0: every service port
  Protocol protocol = Protocol::kUnset;
  std::string port_name;
  std::string bind;           // empty: by interception mode
  bool capture_none = false;  // captureMode NONE: bind the port although traffic is captured elsewhere
  std::vector<ServicePtr> services;
  std::vector<VirtualServiceRef> virtual_services;  // those that apply to gateway "mesh"
  std::uint64_t digest = 0;                         // of services' headers and VirtualServices' headers
};
struct Visible {
  ObjectPtr sidecar;                   // null: none selects the proxy
  std::vector<EgressListener> egress;  // at least one
  std::vector<ServicePtr> services;    // union of all egress listeners, the order above
  std::uint64_t digest = 0;            // of the headers of all the above and the Sidecar's digest
  // The visible service of this host: own namespace first, then Kubernetes, then the oldest. Exact hosts before wildcards
  // are NOT considered here: the host must be equal. Null: none.
  ServicePtr service(std::string_view host) const;
  std::map<std::string, ServicePtr, std::less<>> by_host;
};
using VisiblePtr = std::shared_ptr<const Visible>;

class Mesh {
 public:
  Mesh();
  ~Mesh();
  Mesh(const Mesh&);
  Mesh(Mesh&&) noexcept;
  Mesh& operator=(const Mesh&);
  Mesh& operator=(Mesh&&) noexcept;

  // The snapshot after `changes` (applied together; later entries of one key win). `out`, if given, receives what differs.
  Mesh apply(const std::vector<Change>& changes, ChangeSet* out = nullptr) const;

  // --- facts (thread-safe, like every const member) ---
  const istio::mesh::v1alpha1::MeshConfig& mesh_config() const;  // Istio's defaults where the user set nothing
  std::uint64_t mesh_config_digest() const;
  std::string_view root_namespace() const;  // istio-system unless the configuration says otherwise
  std::string_view trust_domain() const;

  // All services of a host, any namespace, in Istio's order. Null: none.
  const std::vector<ServicePtr>* services_of(std::string_view host) const;
  // Never null; an empty set where there are none. `service_ns` says whose service of that host is meant (namespaces may
  // each have a ServiceEntry for one host); without it, a Kubernetes Service's before others', then the oldest's.
  EndpointSetPtr endpoints(std::string_view host, std::uint32_t port) const;
  EndpointSetPtr endpoints(std::string_view host, std::uint32_t port, std::string_view service_ns) const;
  // The policy that a client in `client_ns` applies to `host`, a service of `service_ns`. Null: none. It depends on
  // kDestination HOST and on kDestination of every wildcard that matches the host. `client_labels` are what a rule's
  // workloadSelector must match; without them such rules apply to nobody.
  DestinationPolicyPtr destination(std::string_view host, std::string_view service_ns, std::string_view client_ns,
                                   const Labels* client_labels = nullptr) const;
  // Whether destination() of the host is the same for clients of all namespaces and labels: every rule that matches it is
  // exported to all, chooses no workloads, and is of the service's namespace or the root namespace.
  bool same_destination_for_all(std::string_view host, std::string_view service_ns) const;
  // A digest of the rules that choose among the clients of `client_ns` by label (workloadSelector); 0: none do.
  std::uint64_t selecting_destinations(std::string_view host, std::string_view client_ns) const;
  ObjectPtr virtual_service(std::string_view ns, std::string_view name) const;
  // The VirtualServices bound to `gateway` (NAMESPACE/NAME, or a name in `gateway_ns`) that are exported to the router's
  // namespace `gateway_ns`, in Istio's order. Depends on kVirtualServiceHeaders.
  std::vector<VirtualServiceRef> virtual_services_of_gateway(std::string_view gateway, std::string_view gateway_ns) const;
  std::uint64_t service_headers_digest() const;
  std::uint64_t virtual_service_headers_digest() const;
  // Expensive (all services): the caller caches it by (namespace, sidecar, header digests).
  VisiblePtr visible(const ProxyFacts& proxy) const;
  // Whether visible() of proxies without a Sidecar object is the same in all namespaces: nothing is exported to some only,
  // and no host stands in several namespaces. As expensive as a walk over all services.
  bool every_namespace_sees_the_same() const;
  // The Sidecar object that applies to the proxy: workloadSelector match, else the namespace's, else the root namespace's.
  ObjectPtr sidecar_for(const ProxyFacts& proxy) const;
  // The Gateway objects whose selector matches the router's labels, oldest first.
  std::vector<ObjectPtr> gateways_for(const ProxyFacts& proxy) const;
  ObjectPtr gateway(std::string_view ns, std::string_view name) const;
  // The EnvoyFilters that count for the proxy, in the order in which they are carried out. Depends on kEnvoyFilters.
  std::vector<ObjectPtr> envoy_filters_for(const ProxyFacts& proxy) const;
  // The Telemetry objects that count for the proxy; later ones have the last word. Depends on kTelemetries.
  std::vector<ObjectPtr> telemetries_for(const ProxyFacts& proxy) const;
  // Whether any Telemetry object speaks of metrics. Depends on kTelemetries.
  bool telemetry_of_metrics() const;
  // The WasmPlugins that count for the proxy, in the order in which their filters stand. Depends on kWasmPlugins.
  std::vector<WasmPluginRef> wasm_plugins_for(const ProxyFacts& proxy) const;
  ObjectPtr wasm_plugin(std::string_view ns, std::string_view name) const;
  // The AuthorizationPolicies (kAuthorizations), RequestAuthentications (kAuthentications) that count for the proxy.
  std::vector<ObjectPtr> authorizations_for(const ProxyFacts& proxy) const;
  std::vector<ObjectPtr> authentications_for(const ProxyFacts& proxy) const;
  // The PeerAuthentications that can concern workloads of a namespace (kPeers of it and of the root namespace). Valid as long as this
  // snapshot.
  PeerPolicies peers_of(std::string_view ns) const;
  ObjectPtr key_set(std::string_view uri) const;                       // null: not fetched yet
  ObjectPtr secret(std::string_view ns, std::string_view name) const;  // or the ConfigMap "configmap/NAME"
  // What the proxy's own workload serves, by its IPs and labels; sorted by target port, then Istio's order of services.
  // Depends on kWorkload of each of its IPs and of @NAMESPACE.
  std::vector<ServiceTarget> service_targets(const ProxyFacts& proxy) const;
  // Node.locality, else the topology labels of the pod's Node.
  Locality locality_of(const ProxyFacts& proxy) const;
  const Labels* namespace_labels(std::string_view ns) const;

  // --- objects, for /debug and for commands ---
  ObjectPtr object(const ObjectKey& key) const;
  std::vector<ObjectPtr> objects(Kind kind) const;  // sorted by namespace and name
  std::vector<ObjectPtr> objects() const;
  // Those that take no part, because MeshConfig.discoverySelectors do not select their namespace.
  std::vector<ObjectPtr> unselected_objects() const;
  std::size_t size() const;

 private:
  struct Data;
  std::shared_ptr<const Data> data_;
};

// "reviews" in namespace "default" -> "reviews.default.svc.cluster.local"; names with a dot, and "*", stay.
std::string resolve_host(std::string_view host, std::string_view ns, std::string_view domain = "cluster.local");
// Whether `pattern` ("*", "*.example.com" or a full name) matches `host`, as Istio matches hosts.
bool host_matches(std::string_view pattern, std::string_view host);
// Whether `labels` holds every pair of `selector`.
bool selects(const std::map<std::string, std::string>& selector, const Labels& labels);

}  // namespace amime::mesh
