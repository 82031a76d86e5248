#include "source/kinds.h"

#include "source/gateway_api/read.h"
#include "source/gateway_api/spec.h"
#include "source/kube_kinds.h"

namespace amime::source {
namespace {

using mesh::Kind;

constexpr std::string_view kCore = "", kApps = "apps", kBatch = "batch", kDiscovery = "discovery.k8s.io";
constexpr std::string_view kNetworking = "networking.istio.io", kSecurity = "security.istio.io", kTelemetry = "telemetry.istio.io",
                           kExtensions = "extensions.istio.io";
constexpr std::string_view kGatewayApi = gateway_api::kGroup, kKubeNetworking = "networking.k8s.io";
constexpr std::string_view kNetworkingVersions = "v1alpha3 v1beta1 v1", kSecurityVersions = "v1beta1 v1";

constexpr KindInfo kube(std::string_view group, std::string_view name, Kind kind, mesh::Payload (*read)(FieldReader&),
                        bool namespaced = true) {
  return {group, "v1", name, kind, namespaced, read, nullptr};
}
constexpr KindInfo istio(std::string_view group, std::string_view versions, std::string_view name, Kind kind,
                         std::shared_ptr<google::protobuf::Message> (*make)()) {
  return {group, versions, name, kind, true, nullptr, make};
}

constexpr KindInfo plain(std::string_view group, std::string_view versions, std::string_view name, Kind kind,
                         mesh::Payload (*read)(FieldReader&), bool namespaced = true) {
  return {group, versions, name, kind, namespaced, read, nullptr};
}

const KindInfo kKinds[] = {
    kube(kCore, "Service", Kind::kService, read_service),
    kube(kCore, "Endpoints", Kind::kEndpoints, read_endpoints),
    kube(kDiscovery, "EndpointSlice", Kind::kEndpointSlice, read_endpoint_slice),
    kube(kCore, "Pod", Kind::kPod, read_pod),
    kube(kCore, "Namespace", Kind::kNamespace, read_namespace, false),
    kube(kCore, "Node", Kind::kNode, read_node, false),
    kube(kCore, "ConfigMap", Kind::kConfigMap, read_config_map),
    kube(kCore, "Secret", Kind::kSecret, read_secret),
    kube(kApps, "Deployment", Kind::kDeployment, read_workload),
    kube(kApps, "StatefulSet", Kind::kStatefulSet, read_workload),
    kube(kApps, "DaemonSet", Kind::kDaemonSet, read_workload),
    kube(kApps, "ReplicaSet", Kind::kReplicaSet, read_workload),
    kube(kBatch, "Job", Kind::kJob, read_workload),
    kube(kBatch, "CronJob", Kind::kCronJob, read_cron_job),
    istio(kNetworking, kNetworkingVersions, "VirtualService", Kind::kVirtualService, make_virtual_service),
    istio(kNetworking, kNetworkingVersions, "DestinationRule", Kind::kDestinationRule, make_destination_rule),
    istio(kNetworking, kNetworkingVersions, "Gateway", Kind::kGateway, make_gateway),
    istio(kNetworking, kNetworkingVersions, "ServiceEntry", Kind::kServiceEntry, make_service_entry),
    istio(kNetworking, kNetworkingVersions, "WorkloadEntry", Kind::kWorkloadEntry, make_workload_entry),
    istio(kNetworking, kNetworkingVersions, "Sidecar", Kind::kSidecar, make_sidecar),
    istio(kNetworking, "v1alpha3", "EnvoyFilter", Kind::kEnvoyFilter, make_envoy_filter),
    istio(kNetworking, kNetworkingVersions, "WorkloadGroup", Kind::kWorkloadGroup, make_workload_group),
    istio(kNetworking, "v1beta1", "ProxyConfig", Kind::kProxyConfig, make_proxy_config),
    istio(kSecurity, kSecurityVersions, "PeerAuthentication", Kind::kPeerAuthentication, make_peer_authentication),
    istio(kSecurity, kSecurityVersions, "RequestAuthentication", Kind::kRequestAuthentication, make_request_authentication),
    istio(kSecurity, kSecurityVersions, "AuthorizationPolicy", Kind::kAuthorizationPolicy, make_authorization_policy),
    istio(kTelemetry, "v1alpha1 v1", "Telemetry", Kind::kTelemetry, make_telemetry),
    istio(kExtensions, "v1alpha1", "WasmPlugin", Kind::kWasmPlugin, make_wasm_plugin),
    plain(kGatewayApi, "v1 v1beta1", "GatewayClass", Kind::kGatewayClass, gateway_api::read_gateway_class, false),
    plain(kGatewayApi, "v1 v1beta1", "Gateway", Kind::kKubernetesGateway, gateway_api::read_gateway),
    plain(kGatewayApi, "v1 v1beta1", "HTTPRoute", Kind::kHttpRoute, gateway_api::read_http_route),
    plain(kGatewayApi, "v1 v1alpha2", "GRPCRoute", Kind::kGrpcRoute, gateway_api::read_grpc_route),
    plain(kGatewayApi, "v1 v1alpha3 v1alpha2", "TLSRoute", Kind::kTlsRoute, gateway_api::read_tls_route),
    plain(kGatewayApi, "v1 v1alpha2", "TCPRoute", Kind::kTcpRoute, gateway_api::read_tcp_route),
    plain(kGatewayApi, "v1 v1beta1", "ReferenceGrant", Kind::kReferenceGrant, gateway_api::read_reference_grant),
    plain(kGatewayApi, "v1 v1alpha3", "BackendTLSPolicy", Kind::kBackendTlsPolicy, gateway_api::read_backend_tls_policy),
    plain(kGatewayApi, "v1", "ListenerSet", Kind::kListenerSet, gateway_api::read_listener_set),
    plain(kKubeNetworking, "v1", "Ingress", Kind::kIngress, gateway_api::read_ingress),
    plain(kKubeNetworking, "v1", "IngressClass", Kind::kIngressClass, gateway_api::read_ingress_class, false),
};

}  // namespace

const KindInfo* find_kind(std::string_view group, std::string_view kind) {
  for (const KindInfo& info : kKinds)
    if (info.name == kind && info.group == group) return &info;
  return nullptr;
}

bool has_version(const KindInfo& info, std::string_view version) {
  for (std::string_view rest = info.versions; !rest.empty();) {
    const auto space = rest.find(' ');
    if (rest.substr(0, space) == version) return true;
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
  }
  return false;
}

const KindInfo* kind_info(mesh::Kind kind) {
  for (const KindInfo& info : kKinds)
    if (info.kind == kind) return &info;
  return nullptr;
}

bool is_security_policy(mesh::Kind kind) {
  return kind == Kind::kAuthorizationPolicy || kind == Kind::kPeerAuthentication || kind == Kind::kRequestAuthentication;
}

}  // namespace amime::source
