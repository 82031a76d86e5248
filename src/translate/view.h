// View: the only way in which translation reads the mesh. Every read is recorded with a digest of its answer.
//
// The record (Trace) is both cache key and dependency set: a product is valid for another snapshot or another proxy if
// replaying its reads there gives the same answers. So an undeclared input is impossible, not forbidden: rules are pure
// functions of a View and a key.
// One View lives for one run of one rule, on the writer's thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mesh/mesh.h"
#include "translate/patch/patch.h"

namespace amime::translate {

// What a rule can ask. Facts of the proxy come first; they decide which proxies may share a product.
enum class Ask : std::uint8_t {
  // of the proxy (no key)
  kProxyType,
  kProxyNamespace,  // and DNS domain, which follows from it
  kProxyLabels,
  kProxyLocality,
  kProxyNetwork,
  kProxyAddresses,  // own IPs: per-proxy, shared with nobody
  kProxyFamilies,   // whether there is an IPv4, an IPv6 address among them
  kLocalAddresses,  // `amime up`: bind, inbound and application address; empty, and so shared, elsewhere
  kInterception,
  kProxyIdentity,  // id, cluster, workload, service account, mesh ID
  kProxyConfig,    // PROXY_CONFIG
  kProxyVersion,   // ISTIO_VERSION, capabilities, HTTP10
  kProxyDns,       // DNS_CAPTURE, and whether it asks for a name table
  kCanLoad,  // key EXTENSION: whether its Envoy has it, +EXTENSION: whether it says so. Thus builds share what they can. No key: the list
  // EnvoyFilters that mean the proxy, by what they change; in the order of Patched
  kClusterPatches,
  kListenerPatches,
  kRoutePatches,
  kExtensionPatches,
  kTelemetries,      // the Telemetry objects that count for it
  kHasIdentity,      // whether an agent gives its Envoy certificates
  kAuthorizations,   // the AuthorizationPolicies that mean the proxy
  kAuthentications,  // the RequestAuthentications that mean it
  kPeerModes,        // what PeerAuthentications say of its workload
  kWasmPlugins,      // the WasmPlugins that mean the proxy: headers only (where their filters stand)
  kInNamespace,      // key NAMESPACE: whether it is the proxy's. Told apart from kProxyNamespace, so that all others can share
  // of the mesh as this proxy sees it
  kMeshConfig,
  kTelemetryOfMetrics,      // whether any Telemetry object speaks of metrics
  kVisibleServices,         // key: index of the egress listener; headers only (host, ports, addresses, visibility)
  kVisibleVirtualServices,  // key: index of the egress listener; headers only (hosts, gateways, age)
  kSidecar,                 // the Sidecar object
  kService,                 // key HOST: the visible service of that host, whole
  kServiceAnywhere,         // key HOST: whether the mesh has it at all, visible or not
  kEndpoints,               // key HOST|PORT
  kDestination,             // key HOST
  kVirtualService,          // key NAMESPACE/NAME: whole
  kGatewayVirtualServices,  // key NAMESPACE/NAME of the gateway: headers
  kGateways,                // the Gateway objects that select this router, whole
  kGateway,                 // key NAMESPACE/NAME, whole
  kSecret,                  // key NAMESPACE/NAME
  kWasmPlugin,              // key NAMESPACE/NAME, whole
  kAccounts,                // key HOST|PORT: the service accounts of its endpoints
  kPeers,                   // key NAMESPACE: the PeerAuthentications that can concern its workloads
  kKeySet,                  // key URI: the keys fetched from there
  kServiceTargets,          // what the proxy's own workload serves
};
inline constexpr Ask kLastProxyAsk = Ask::kWasmPlugins;
inline constexpr Ask kLastAsk = Ask::kServiceTargets;

using Account = std::pair<std::string, std::string>;

struct Read {
  Ask ask{};
  std::string key;
  std::uint64_t answer = 0;
  // The answer may be another for a proxy that sees the same services, but from another namespace.
  bool by_namespace = false;
};
using Trace = std::vector<Read>;

// What tells proxies apart: the answers to every question about the proxy itself, and what it may see. Asked once a proxy.
struct ProxyAnswers {
  std::array<std::uint64_t, static_cast<std::size_t>(kLastProxyAsk) + 1> asks{};
  std::uint64_t gateways = 0;                                      // kGateways
  std::uint64_t targets = 0;                                       // kServiceTargets
  std::shared_ptr<const std::vector<mesh::ServiceTarget>> serves;  // what `targets` is the digest of; null: a router's
  mesh::VisiblePtr visible;
  ProxyPatchesPtr patches;  // null: none
};
// The answers about EnvoyFilters, which change without any other.
void set_patches(ProxyPatchesPtr patches, ProxyAnswers* answers);

// Everything a View needs: one proxy's facts against one snapshot. Lives as long as the engine keeps the scope.
struct Scene {
  const mesh::Mesh* mesh = nullptr;
  const mesh::ProxyFacts* proxy = nullptr;
  mesh::VisiblePtr visible;             // of that proxy in that mesh
  const ProxyAnswers* known = nullptr;  // answers that need not be asked again; null: none
};
ProxyAnswers answers_of(const Scene& scene, ProxyPatchesPtr patches = nullptr);

class View {
 public:
  // Records into *trace; both outlive the View.
  View(const Scene& scene, Trace* trace) : scene_(scene), trace_(trace) {}

  // --- the proxy ---
  mesh::ProxyType proxy_type();
  bool is_router() { return proxy_type() == mesh::ProxyType::kRouter; }
  std::string_view proxy_namespace();
  bool in_namespace(std::string_view ns);
  const mesh::Labels& proxy_labels();
  mesh::Locality proxy_locality();
  std::string_view proxy_network();
  const std::vector<std::string>& proxy_ips();
  bool proxy_ipv4();
  bool proxy_ipv6();
  std::string_view bind_address();     // `amime up`: where service ports are bound; empty elsewhere
  std::string_view inbound_address();  // `amime up`
  std::string_view app_address();      // `amime up`
  mesh::InterceptionMode interception();
  const mesh::ProxyFacts& proxy_identity();  // id, cluster, workload, service account: per-proxy, shared with nobody
  bool proxy_http10();
  bool captures_dns();  // its agent answers DNS
  bool asks_names();    // it is to have a name table
  // Whether Istio's agent stands between the proxy and us: it fetches Wasm modules, and rewrites their resources.
  bool has_istio_agent();
  // What the proxy says of its own configuration, else MeshConfig.defaultConfig.
  istio::mesh::v1alpha1::ProxyConfig proxy_config();
  // What EnvoyFilters change of its clusters, listeners, routes or extensions.
  const Patches& patches(Patched group);
  // The Telemetry objects that count for it; later ones have the last word.
  std::vector<mesh::ObjectPtr> telemetries();
  // Whether its Envoy has an extension, by the full name of its configuration's type: envoy.extensions.filters.http.lua.v3.Lua.
  bool can_load(std::string_view type);
  // Whether it says so: a proxy that lists nothing can load everything, but is not known to be of some vendor's build.
  bool lists(std::string_view type);
  bool proxy_at_least(int minor);  // ISTIO_VERSION, or what its Envoy is like, is 1.MINOR or newer (up to 29); who says neither is new
  // Whether an agent beside its Envoy gives it certificates (Secrets default and ROOTCA of cluster sds-grpc): it can speak mutual TLS.
  bool has_identity();
  std::vector<mesh::ObjectPtr> authorizations();   // AuthorizationPolicies that mean it
  std::vector<mesh::ObjectPtr> authentications();  // RequestAuthentications that mean it
  mesh::PeerModes peer_modes();                    // PeerAuthentications, of its own workload
  // The WasmPlugins that mean the proxy, in the order in which their filters stand. Headers only.
  std::vector<mesh::WasmPluginRef> wasm_plugins();

  // --- the mesh ---
  const istio::mesh::v1alpha1::MeshConfig& mesh_config();
  std::string_view root_namespace();
  std::string_view trust_domain();
  mesh::PeerPolicies peers_of(std::string_view ns);       // of other workloads
  mesh::ObjectPtr key_set(std::string_view uri);          // null: not fetched yet
  bool telemetry_of_metrics();                            // any Telemetry object speaks of metrics
  std::size_t egress_count();                             // at least 1 (kSidecar is read)
  const mesh::EgressListener& egress(std::size_t index);  // services and VirtualServices: headers only
  std::span<const mesh::ServicePtr> visible_services();   // of all egress listeners; headers only
  mesh::ObjectPtr sidecar();                              // null: none
  mesh::ServicePtr service(std::string_view host);        // null: not visible
  bool service_exists(std::string_view host);             // anywhere in the mesh
  mesh::EndpointSetPtr endpoints(std::string_view host, std::uint32_t port);
  // Namespace and service account of its endpoints' workloads, as far as they are known; sorted.
  std::vector<Account> accounts(std::string_view host, std::uint32_t port);
  mesh::DestinationPolicyPtr destination(std::string_view host);  // null: no DestinationRule applies
  // What counts where this proxy serves `host`: rules with a workloadSelector are for clients only. Null: none.
  mesh::DestinationPolicyPtr inbound_destination(std::string_view host);
  mesh::ObjectPtr virtual_service(std::string_view ns, std::string_view name);  // whole; null: gone
  std::vector<mesh::VirtualServiceRef> gateway_virtual_services(std::string_view gateway_ns, std::string_view gateway_name);
  std::vector<mesh::ObjectPtr> gateways();
  mesh::ObjectPtr gateway(std::string_view ns, std::string_view name);
  mesh::ObjectPtr secret(std::string_view ns, std::string_view name);       // null: none
  mesh::ObjectPtr wasm_plugin(std::string_view ns, std::string_view name);  // null: none
  const std::vector<mesh::ServiceTarget>& service_targets();

 private:
  void record_destination(std::string_view host);
  void record(Ask ask, std::string_view key, bool by_namespace = false);
  const Scene& scene_;
  Trace* trace_;
  std::vector<mesh::ServiceTarget> asked_targets_;  // where the scene knows no answers
};

// The digest of what `ask` answers in a scene: what record() stores and verify() compares.
std::uint64_t answer(const Scene& scene, Ask ask, std::string_view key);
// Whether every read of the trace gives the same answer in this scene.
bool verify(const Trace& trace, const Scene& scene);

}  // namespace amime::translate
