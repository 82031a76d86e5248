#include "mesh/object.h"

#include <algorithm>
#include <array>

#include "mesh/digest.h"

namespace amime::mesh {
namespace {

constexpr std::array<std::string_view, 41> kNames = {"Service",
                                                     "Endpoints",
                                                     "EndpointSlice",
                                                     "Pod",
                                                     "Namespace",
                                                     "Node",
                                                     "ConfigMap",
                                                     "Secret",
                                                     "Deployment",
                                                     "StatefulSet",
                                                     "DaemonSet",
                                                     "ReplicaSet",
                                                     "Job",
                                                     "CronJob",
                                                     "VirtualService",
                                                     "DestinationRule",
                                                     "Gateway",
                                                     "ServiceEntry",
                                                     "WorkloadEntry",
                                                     "Sidecar",
                                                     "EnvoyFilter",
                                                     "Telemetry",
                                                     "WorkloadGroup",
                                                     "ProxyConfig",
                                                     "PeerAuthentication",
                                                     "RequestAuthentication",
                                                     "AuthorizationPolicy",
                                                     "WasmPlugin",
                                                     "GatewayClass",
                                                     "KubernetesGateway",
                                                     "HTTPRoute",
                                                     "GRPCRoute",
                                                     "TLSRoute",
                                                     "TCPRoute",
                                                     "ReferenceGrant",
                                                     "BackendTLSPolicy",
                                                     "ListenerSet",
                                                     "Ingress",
                                                     "IngressClass",
                                                     "KeySet",
                                                     "MeshConfig"};
static_assert(kNames.size() == static_cast<std::size_t>(Kind::kMeshConfig) + 1);

void fold(Digest&, const std::monostate&) {}

void fold(Digest& d, const KubeService& s) {
  d.add(s.type).add(s.cluster_ips).add(s.external_ips).add(s.selector).add(s.ports.size());
  for (const auto& p : s.ports)
    d.add(p.name).add(p.app_protocol).add(p.protocol).add(p.port).add(p.target_port).add(p.target_port_name).add(p.node_port);
  d.add(s.external_name).add(s.traffic_distribution).add(s.internal_traffic_policy).add(s.session_affinity);
  d.add(s.publish_not_ready_addresses).add(s.load_balancer_ingress);
}

void fold(Digest& d, const KubeEndpoint& e) {
  d.add(e.addresses).add(e.ready).add(e.serving).add(e.terminating).add(e.hostname).add(e.node_name).add(e.zone);
  d.add(e.target_kind).add(e.target_name).add(e.target_namespace).add(e.zone_hints);
}

void fold(Digest& d, const KubeEndpoints& e) {
  d.add(e.service).add(e.address_type).add(e.groups.size());
  for (const auto& group : e.groups) {
    d.add(group.ports.size());
    for (const auto& p : group.ports) d.add(p.name).add(p.app_protocol).add(p.protocol).add(p.port);
    d.add(group.endpoints.size());
    for (const auto& endpoint : group.endpoints) fold(d, endpoint);
  }
}

void fold(Digest& d, const KubePod& p) {
  d.add(p.ips).add(p.phase).add(p.ready).add(p.node_name).add(p.service_account).add(p.hostname).add(p.subdomain);
  d.add(p.containers.size());
  for (const auto& c : p.containers) {
    d.add(c.name).add(c.image).add(c.ports.size());
    for (const auto& port : c.ports) d.add(port.name).add(port.port).add(port.protocol);
  }
}

void fold(Digest&, const KubeNode&) {}
void fold(Digest& d, const KubeSecret& s) { d.add(s.type).add(s.data); }
void fold(Digest& d, const KubeConfigMap& c) { d.add(c.data); }

void fold(Digest& d, const KubeWorkload& w) {
  d.add(w.replicas).add(w.template_labels).add(w.template_annotations);
  fold(d, w.pod);
}

void fold(Digest& d, const KeySet& keys) { d.add(keys.json); }

void fold(Digest& d, const ProtoSpec& spec) {
  if (spec) d.add(digest_of(*spec));
}

void fold(Digest& d, const PlainSpecPtr& spec) {
  if (spec) d.add(spec->json);
}

void fold(Digest& d, const Derivation& derived) {
  for (const auto& key : derived.from) d.add(key.kind).add(key.ns).add(key.name);
  d.add(derived.workloads_ns);
}

}  // namespace

std::string_view kind_name(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<Kind> kind_named(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  return found == kNames.end() ? std::nullopt : std::optional(static_cast<Kind>(found - kNames.begin()));
}

std::string to_string(const ObjectKey& key) {
  std::string out(kind_name(key.kind));
  out += ' ';
  if (!key.ns.empty()) out.append(key.ns).append("/");
  return out.append(key.name);
}

std::uint64_t object_digest(const Object& object) {
  Digest d;
  d.add(object.key.kind).add(object.key.ns).add(object.key.name).add(object.api_version);
  d.add(object.labels).add(object.annotations).add(object.created).add(object.resource_version);
  d.add(object.payload.index());
  std::visit([&d](const auto& payload) { fold(d, payload); }, object.payload);
  if (object.derived) fold(d, *object.derived);
  return d.value();
}

}  // namespace amime::mesh
