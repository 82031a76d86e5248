#include "translate/view.h"

#include <algorithm>
#include <charconv>

#include "base/hash.h"
#include "mesh/v1alpha1/config.pb.h"

namespace amime::translate {
namespace {

using base::combine;
using base::hash64;

std::uint64_t digest_of(const mesh::Labels& labels) {
  std::uint64_t digest = labels.size();
  for (const auto& [key, value] : labels) digest = combine(combine(digest, hash64(key)), hash64(value));
  return digest;
}

std::uint64_t digest_of(const mesh::Locality& l) { return combine(combine(hash64(l.region), hash64(l.zone)), hash64(l.subzone)); }

// Absent is 0 and no object's digest is: so "gone" and "there" never look alike.
std::uint64_t digest_of(const mesh::ObjectPtr& object) { return object ? combine(1, object->digest) : 0; }

std::uint64_t digest_of(const std::vector<mesh::ObjectPtr>& objects) {
  std::uint64_t digest = objects.size();
  for (const auto& object : objects) digest = combine(combine(digest, hash64(mesh::to_string(object->key))), object->digest);
  return digest;
}

std::uint64_t digest_of(const std::vector<mesh::VirtualServiceRef>& refs) {
  std::uint64_t digest = refs.size();
  for (const auto& ref : refs) {
    digest = combine(digest, hash64(mesh::to_string(ref.object->key)));
    for (const auto& host : ref.hosts) digest = combine(digest, hash64(host));
  }
  return digest;
}

std::uint64_t digest_of(const std::vector<mesh::WasmPluginRef>& plugins) {
  std::uint64_t digest = plugins.size();
  for (const auto& plugin : plugins) digest = combine(digest, plugin.header);
  return digest;
}

// What only Istio's agent writes into the metadata of the Envoy that it starts.
constexpr std::string_view kAgentsMark = "WORKLOAD_IDENTITY_SOCKET_FILE";

bool behind_istio_agent(const mesh::ProxyFacts& proxy) { return proxy.metadata && proxy.metadata->contains(std::string(kAgentsMark)); }

// What our own agent writes there.
constexpr std::string_view kOwnAgentsMark = "AMIME_AGENT";

bool has_agent(const mesh::ProxyFacts& proxy) {
  return proxy.metadata && (behind_istio_agent(proxy) || proxy.metadata->contains(std::string(kOwnAgentsMark)));
}

std::uint64_t digest_of(const mesh::PeerModes& modes) {
  std::uint64_t digest = combine(static_cast<std::uint64_t>(modes.mode), modes.by_port.size());
  for (const auto& [port, mode] : modes.by_port) digest = combine(combine(digest, port), static_cast<std::uint64_t>(mode));
  for (const auto& key : modes.from) digest = combine(digest, hash64(mesh::to_string(key)));
  return digest;
}

std::uint64_t digest_of(const std::vector<mesh::ServiceTarget>& targets) {
  std::uint64_t digest = targets.size();
  for (const auto& target : targets)
    digest = combine(combine(combine(digest, target.service->digest), target.port.port), target.target_port);
  return digest;
}

std::uint64_t addresses_digest(const mesh::ProxyFacts& proxy) {
  std::uint64_t digest = proxy.ips.size();
  for (const auto& ip : proxy.ips) digest = combine(digest, hash64(ip));
  return digest;
}

// Of kCanLoad: before what the proxy is to list.
constexpr char kListed = '+';

bool has_family(const mesh::ProxyFacts& proxy, bool ipv6) {
  for (const auto& ip : proxy.ips)
    if ((ip.find(':') != std::string::npos) == ipv6) return true;
  return false;
}

std::uint64_t identity_digest(const mesh::ProxyFacts& proxy) {
  return combine(combine(combine(hash64(proxy.id), hash64(proxy.cluster)), combine(hash64(proxy.workload), hash64(proxy.service_account))),
                 combine(combine(hash64(proxy.cluster_id), hash64(proxy.node_name)), hash64(proxy.mesh_id)));
}

// "NAMESPACE/NAME" and "HOST|PORT", the keys that this file itself composes.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char at) {
  const auto i = text.find(at);
  if (i == std::string_view::npos) return {text, {}};
  return {text.substr(0, i), text.substr(i + 1)};
}
std::string join(std::string_view a, char at, std::string_view b) {
  std::string out;
  out.reserve(a.size() + b.size() + 1);
  return out.append(a).append(1, at).append(b);
}
std::uint32_t number_in(std::string_view text) {
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

mesh::DestinationPolicyPtr destination_in(const Scene& scene, std::string_view host, const mesh::Labels* labels) {
  const auto service = scene.visible->service(host);
  return scene.mesh->destination(host, service ? std::string_view(service->ns) : std::string_view(), scene.proxy->ns, labels);
}

bool same_destination_for_all(const Scene& scene, std::string_view host) {
  const auto service = scene.visible->service(host);
  return scene.mesh->same_destination_for_all(host, service ? std::string_view(service->ns) : std::string_view());
}

// Without the proxy's labels, so that proxies share what no workloadSelector tells apart: the policy for everybody, and
// all rules that might choose this proxy.
std::uint64_t destination_answer(const Scene& scene, std::string_view host) {
  const auto policy = destination_in(scene, host, nullptr);
  const std::uint64_t selecting = scene.mesh->selecting_destinations(host, scene.proxy->ns);
  std::uint64_t digest = policy ? combine(1, policy->digest) : 0;
  if (!same_destination_for_all(scene, host)) digest = combine(digest, 2);  // becoming so is a change too
  return selecting ? combine(digest, selecting) : digest;
}

// Of the service that the proxy sees: namespaces may each have a ServiceEntry for one host.
mesh::EndpointSetPtr endpoints_in(const Scene& scene, std::string_view host, std::uint32_t port) {
  const auto service = scene.visible->service(host);
  return service ? scene.mesh->endpoints(host, port, service->ns) : scene.mesh->endpoints(host, port);
}

std::vector<Account> accounts_in(const Scene& scene, std::string_view host, std::uint32_t port) {
  std::vector<Account> out;
  for (const auto& endpoint : endpoints_in(scene, host, port)->endpoints)
    if (!endpoint.service_account.empty()) out.emplace_back(endpoint.ns, endpoint.service_account);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// The minor of Istio's release 1.x that a proxy is of, or is like: those come with Envoy 1.(x+8). What is newer than all that rules
// ask about is as good as unknown, so that those share what is made for them.
std::uint32_t release_of(const mesh::ProxyFacts& proxy) {
  constexpr std::uint32_t kAhead = 8, kNew = 29;
  const auto [major, rest] = cut(proxy.istio_version, '.');
  if (!rest.empty()) return number_in(major) == 1 ? std::min(number_in(cut(rest, '.').first), kNew) : kNew;
  if (proxy.envoy_minor <= 0) return kNew;
  return std::min(static_cast<std::uint32_t>(proxy.envoy_minor) - std::min<std::uint32_t>(kAhead, proxy.envoy_minor), kNew);
}

bool loads(const mesh::ProxyFacts& proxy, std::string_view key) {
  if (key.front() == kListed) return proxy.extensions && proxy.extensions->has(key.substr(1));
  return mesh::can_load(proxy.extensions, key);
}

std::uint64_t proxy_answer(const mesh::ProxyFacts& proxy, const Scene& scene, Ask ask) {
  switch (ask) {
    case Ask::kProxyType: return static_cast<std::uint64_t>(proxy.type);
    case Ask::kProxyNamespace: return combine(hash64(proxy.ns), hash64(proxy.dns_domain));
    case Ask::kProxyLabels: return digest_of(proxy.labels);
    case Ask::kProxyLocality: return digest_of(scene.mesh->locality_of(proxy));
    case Ask::kProxyNetwork: return hash64(proxy.network);
    case Ask::kProxyAddresses: return addresses_digest(proxy);
    case Ask::kProxyFamilies: return has_family(proxy, false) * 2 + has_family(proxy, true);
    case Ask::kLocalAddresses:
      return combine(combine(hash64(proxy.bind_address), hash64(proxy.inbound_address)), hash64(proxy.app_address));
    case Ask::kInterception: return static_cast<std::uint64_t>(proxy.interception);
    case Ask::kProxyIdentity: return identity_digest(proxy);
    case Ask::kClusterPatches:
    case Ask::kListenerPatches:
    case Ask::kRoutePatches:
    case Ask::kExtensionPatches: return 0;  // known from the start, or none (set_patches)
    case Ask::kWasmPlugins: return digest_of(scene.mesh->wasm_plugins_for(proxy));
    case Ask::kHasIdentity: return has_agent(proxy);
    case Ask::kAuthorizations: return digest_of(scene.mesh->authorizations_for(proxy));
    case Ask::kAuthentications: return digest_of(scene.mesh->authentications_for(proxy));
    case Ask::kPeerModes: return digest_of(scene.mesh->peers_of(proxy.ns).of(proxy.labels));
    case Ask::kTelemetries: return digest_of(scene.mesh->telemetries_for(proxy));
    case Ask::kProxyDns: return proxy.dns_capture * 2 + proxy.asks_names;
    case Ask::kCanLoad: return proxy.extensions ? proxy.extensions->digest() : 0;
    case Ask::kProxyConfig: return proxy.proxy_config ? combine(1, hash64(*proxy.proxy_config)) : 0;
    default: return combine(combine(hash64(proxy.istio_version), release_of(proxy)), proxy.http10 * 2 + behind_istio_agent(proxy));
  }
}

}  // namespace

std::uint64_t answer(const Scene& scene, Ask ask, std::string_view key) {
  const mesh::Mesh& mesh = *scene.mesh;
  if (ask == Ask::kCanLoad && !key.empty()) return loads(*scene.proxy, key);
  if (scene.known) {
    if (ask <= kLastProxyAsk) return scene.known->asks[static_cast<std::size_t>(ask)];
    if (ask == Ask::kGateways && scene.proxy->type == mesh::ProxyType::kRouter) return scene.known->gateways;
    if (ask == Ask::kServiceTargets && scene.proxy->type != mesh::ProxyType::kRouter) return scene.known->targets;
  }
  if (ask <= kLastProxyAsk) return proxy_answer(*scene.proxy, scene, ask);
  switch (ask) {
    case Ask::kInNamespace: return scene.proxy->ns == key;
    case Ask::kMeshConfig: return mesh.mesh_config_digest();
    case Ask::kTelemetryOfMetrics: return mesh.telemetry_of_metrics();
    case Ask::kVisibleServices:
    case Ask::kVisibleVirtualServices: {
      if (key.empty()) return scene.visible->digest;
      const std::size_t index = number_in(key);
      return index < scene.visible->egress.size() ? scene.visible->egress[index].digest : 0;
    }
    case Ask::kSidecar: return combine(digest_of(scene.visible->sidecar), scene.visible->egress.size());
    case Ask::kService: {
      const auto service = scene.visible->service(key);
      return service ? combine(1, service->digest) : 0;
    }
    case Ask::kServiceAnywhere: return mesh.services_of(key) != nullptr;
    case Ask::kEndpoints: {
      const auto [host, port] = cut(key, '|');
      return endpoints_in(scene, host, number_in(port))->digest;
    }
    case Ask::kDestination: return destination_answer(scene, key);
    case Ask::kVirtualService: {
      const auto [ns, name] = cut(key, '/');
      return digest_of(mesh.virtual_service(ns, name));
    }
    case Ask::kGatewayVirtualServices: return digest_of(mesh.virtual_services_of_gateway(key, scene.proxy->ns));
    case Ask::kGateways: return digest_of(mesh.gateways_for(*scene.proxy));
    case Ask::kGateway: {
      const auto [ns, name] = cut(key, '/');
      return digest_of(mesh.gateway(ns, name));
    }
    case Ask::kSecret: {
      const auto [ns, name] = cut(key, '/');
      return digest_of(mesh.secret(ns, name));
    }
    case Ask::kWasmPlugin: {
      const auto [ns, name] = cut(key, '/');
      return digest_of(mesh.wasm_plugin(ns, name));
    }
    case Ask::kAccounts: {
      const auto [host, port] = cut(key, '|');
      std::uint64_t digest = 0;
      for (const auto& [ns, account] : accounts_in(scene, host, number_in(port)))
        digest = combine(combine(digest, hash64(ns)), hash64(account));
      return digest;
    }
    case Ask::kPeers: return mesh.peers_of(key).digest();
    case Ask::kKeySet: return digest_of(mesh.key_set(key));
    case Ask::kServiceTargets: return digest_of(mesh.service_targets(*scene.proxy));
    default: return 0;
  }
}

void set_patches(ProxyPatchesPtr patches, ProxyAnswers* answers) {
  for (std::size_t group = 0; group < kPatchedGroups; ++group)
    answers->asks[static_cast<std::size_t>(Ask::kClusterPatches) + group] = patches ? patches->digests[group] : 0;
  answers->patches = std::move(patches);
}

ProxyAnswers answers_of(const Scene& scene, ProxyPatchesPtr patches) {
  ProxyAnswers out;
  for (std::size_t i = 0; i < out.asks.size(); ++i) out.asks[i] = answer(scene, static_cast<Ask>(i), "");
  if (scene.proxy->type == mesh::ProxyType::kRouter) {
    out.gateways = answer(scene, Ask::kGateways, "");
    out.targets = answer(scene, Ask::kServiceTargets, "");
  } else {
    out.serves = std::make_shared<const std::vector<mesh::ServiceTarget>>(scene.mesh->service_targets(*scene.proxy));
    out.targets = digest_of(*out.serves);
  }
  out.visible = scene.visible;
  set_patches(std::move(patches), &out);
  return out;
}

bool verify(const Trace& trace, const Scene& scene) {
  for (const Read& read : trace)
    if (answer(scene, read.ask, read.key) != read.answer) return false;
  return true;
}

void View::record(Ask ask, std::string_view key, bool by_namespace) {
  for (const Read& read : *trace_)
    if (read.ask == ask && read.key == key) return;
  trace_->push_back({ask, std::string(key), answer(scene_, ask, key), by_namespace});
}

mesh::ProxyType View::proxy_type() {
  record(Ask::kProxyType, "");
  return scene_.proxy->type;
}
std::string_view View::proxy_namespace() {
  record(Ask::kProxyNamespace, "");
  return scene_.proxy->ns;
}
bool View::in_namespace(std::string_view ns) {
  record(Ask::kInNamespace, ns);
  return scene_.proxy->ns == ns;
}
const mesh::Labels& View::proxy_labels() {
  record(Ask::kProxyLabels, "");
  return scene_.proxy->labels;
}
mesh::Locality View::proxy_locality() {
  record(Ask::kProxyLocality, "");
  return scene_.mesh->locality_of(*scene_.proxy);
}
std::string_view View::proxy_network() {
  record(Ask::kProxyNetwork, "");
  return scene_.proxy->network;
}
const std::vector<std::string>& View::proxy_ips() {
  record(Ask::kProxyAddresses, "");
  return scene_.proxy->ips;
}
bool View::proxy_ipv4() {
  record(Ask::kProxyFamilies, "");
  return has_family(*scene_.proxy, false);
}
bool View::proxy_ipv6() {
  record(Ask::kProxyFamilies, "");
  return has_family(*scene_.proxy, true);
}
std::string_view View::bind_address() {
  record(Ask::kLocalAddresses, "");
  return scene_.proxy->bind_address;
}
std::string_view View::inbound_address() {
  record(Ask::kLocalAddresses, "");
  return scene_.proxy->inbound_address;
}
std::string_view View::app_address() {
  record(Ask::kLocalAddresses, "");
  return scene_.proxy->app_address;
}
mesh::InterceptionMode View::interception() {
  record(Ask::kInterception, "");
  return scene_.proxy->interception;
}
const mesh::ProxyFacts& View::proxy_identity() {
  record(Ask::kProxyIdentity, "");
  return *scene_.proxy;
}
bool View::proxy_http10() {
  record(Ask::kProxyVersion, "");
  return scene_.proxy->http10;
}

bool View::captures_dns() {
  record(Ask::kProxyDns, "");
  return scene_.proxy->dns_capture;
}

bool View::asks_names() {
  record(Ask::kProxyDns, "");
  return scene_.proxy->asks_names;
}

bool View::has_istio_agent() {
  record(Ask::kProxyVersion, "");
  return behind_istio_agent(*scene_.proxy);
}

istio::mesh::v1alpha1::ProxyConfig View::proxy_config() {
  record(Ask::kProxyConfig, "");
  if (!scene_.proxy->proxy_config) return mesh_config().default_config();
  istio::mesh::v1alpha1::ProxyConfig own;
  own.ParseFromString(*scene_.proxy->proxy_config);
  return own;
}

std::vector<mesh::ObjectPtr> View::telemetries() {
  record(Ask::kTelemetries, "");
  return scene_.mesh->telemetries_for(*scene_.proxy);
}

bool View::telemetry_of_metrics() {
  record(Ask::kTelemetryOfMetrics, "");
  return scene_.mesh->telemetry_of_metrics();
}

bool View::can_load(std::string_view type) {
  record(Ask::kCanLoad, type);
  return mesh::can_load(scene_.proxy->extensions, type);
}

bool View::lists(std::string_view type) {
  record(Ask::kCanLoad, kListed + std::string(type));
  return scene_.proxy->extensions && scene_.proxy->extensions->has(type);
}

bool View::proxy_at_least(int minor) {
  record(Ask::kProxyVersion, "");
  return release_of(*scene_.proxy) >= static_cast<std::uint32_t>(minor);
}

const Patches& View::patches(Patched group) {
  static const Patches kNone;
  const auto index = static_cast<std::size_t>(group);
  record(static_cast<Ask>(static_cast<std::size_t>(Ask::kClusterPatches) + index), "");
  return scene_.known && scene_.known->patches ? scene_.known->patches->groups[index] : kNone;
}

bool View::has_identity() {
  record(Ask::kHasIdentity, "");
  return has_agent(*scene_.proxy);
}

std::vector<mesh::ObjectPtr> View::authorizations() {
  record(Ask::kAuthorizations, "");
  return scene_.mesh->authorizations_for(*scene_.proxy);
}

std::vector<mesh::ObjectPtr> View::authentications() {
  record(Ask::kAuthentications, "");
  return scene_.mesh->authentications_for(*scene_.proxy);
}

mesh::PeerModes View::peer_modes() {
  record(Ask::kPeerModes, "");
  return scene_.mesh->peers_of(scene_.proxy->ns).of(scene_.proxy->labels);
}

std::vector<mesh::WasmPluginRef> View::wasm_plugins() {
  record(Ask::kWasmPlugins, "");
  return scene_.mesh->wasm_plugins_for(*scene_.proxy);
}

const istio::mesh::v1alpha1::MeshConfig& View::mesh_config() {
  record(Ask::kMeshConfig, "");
  return scene_.mesh->mesh_config();
}
std::string_view View::root_namespace() {
  record(Ask::kMeshConfig, "");
  return scene_.mesh->root_namespace();
}
std::string_view View::trust_domain() {
  record(Ask::kMeshConfig, "");
  return scene_.mesh->trust_domain();
}
mesh::PeerPolicies View::peers_of(std::string_view ns) {
  record(Ask::kPeers, ns);
  return scene_.mesh->peers_of(ns);
}
mesh::ObjectPtr View::key_set(std::string_view uri) {
  record(Ask::kKeySet, uri);
  return scene_.mesh->key_set(uri);
}
std::size_t View::egress_count() {
  record(Ask::kSidecar, "");
  return scene_.visible->egress.size();
}
const mesh::EgressListener& View::egress(std::size_t index) {
  record(Ask::kVisibleServices, std::to_string(index));
  return scene_.visible->egress.at(index);
}
std::span<const mesh::ServicePtr> View::visible_services() {
  record(Ask::kVisibleServices, "");
  return scene_.visible->services;
}
mesh::ObjectPtr View::sidecar() {
  record(Ask::kSidecar, "");
  return scene_.visible->sidecar;
}
mesh::ServicePtr View::service(std::string_view host) {
  record(Ask::kService, host);
  return scene_.visible->service(host);
}
bool View::service_exists(std::string_view host) {
  record(Ask::kServiceAnywhere, host);
  return scene_.mesh->services_of(host) != nullptr;
}
mesh::EndpointSetPtr View::endpoints(std::string_view host, std::uint32_t port) {
  record(Ask::kEndpoints, join(host, '|', std::to_string(port)));
  return endpoints_in(scene_, host, port);
}
std::vector<Account> View::accounts(std::string_view host, std::uint32_t port) {
  record(Ask::kAccounts, join(host, '|', std::to_string(port)));
  return accounts_in(scene_, host, port);
}
void View::record_destination(std::string_view host) { record(Ask::kDestination, host, !same_destination_for_all(scene_, host)); }
mesh::DestinationPolicyPtr View::destination(std::string_view host) {
  record_destination(host);
  const bool by_label = scene_.mesh->selecting_destinations(host, scene_.proxy->ns) != 0;
  return destination_in(scene_, host, by_label ? &proxy_labels() : nullptr);
}
mesh::DestinationPolicyPtr View::inbound_destination(std::string_view host) {
  record_destination(host);
  return destination_in(scene_, host, nullptr);
}
mesh::ObjectPtr View::virtual_service(std::string_view ns, std::string_view name) {
  record(Ask::kVirtualService, join(ns, '/', name));
  return scene_.mesh->virtual_service(ns, name);
}
std::vector<mesh::VirtualServiceRef> View::gateway_virtual_services(std::string_view gateway_ns, std::string_view gateway_name) {
  const std::string key = join(gateway_ns, '/', gateway_name);
  record(Ask::kProxyNamespace, "");  // exportTo counts for the router's namespace
  record(Ask::kGatewayVirtualServices, key, true);
  return scene_.mesh->virtual_services_of_gateway(key, scene_.proxy->ns);
}
std::vector<mesh::ObjectPtr> View::gateways() {
  record(Ask::kGateways, "");
  return scene_.mesh->gateways_for(*scene_.proxy);
}
mesh::ObjectPtr View::gateway(std::string_view ns, std::string_view name) {
  record(Ask::kGateway, join(ns, '/', name));
  return scene_.mesh->gateway(ns, name);
}
mesh::ObjectPtr View::secret(std::string_view ns, std::string_view name) {
  record(Ask::kSecret, join(ns, '/', name));
  return scene_.mesh->secret(ns, name);
}
mesh::ObjectPtr View::wasm_plugin(std::string_view ns, std::string_view name) {
  record(Ask::kWasmPlugin, join(ns, '/', name));
  return scene_.mesh->wasm_plugin(ns, name);
}
const std::vector<mesh::ServiceTarget>& View::service_targets() {
  record(Ask::kServiceTargets, "");
  if (scene_.known && scene_.known->serves) return *scene_.known->serves;
  return asked_targets_ = scene_.mesh->service_targets(*scene_.proxy);
}

}  // namespace amime::translate
