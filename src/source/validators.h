// One function a kind. Private to validate*.cc.
#pragma once

#include <string>

#include "mesh/istio_fwd.h"
#include "source/checks.h"
#include "source/problem.h"

namespace istio::networking::v1alpha3 {
class EnvoyFilter;
class HTTPRoute;
class WorkloadGroup;
}  // namespace istio::networking::v1alpha3
namespace istio::networking::v1beta1 {
class ProxyConfig;
}
namespace istio::security::v1beta1 {
class AuthorizationPolicy;
class PeerAuthentication;
class RequestAuthentication;
}  // namespace istio::security::v1beta1
namespace istio::telemetry::v1alpha1 {
class Telemetry;
}
namespace istio::extensions::v1alpha1 {
class WasmPlugin;
}

namespace amime::source {

void validate_virtual_service(const networking::VirtualService& service, const std::string& ns, Errors& errors);
void check_http_route(const networking::HTTPRoute& route, bool delegate, bool to_gateway, const Path& at, Errors& errors);
void check_http_matches(const networking::HTTPRoute& route, bool to_gateway, const Path& at, Errors& errors);
void validate_destination_rule(const networking::DestinationRule& rule, const std::string& ns, Errors& errors);
void validate_gateway(const networking::Gateway& gateway, const std::string& name, Errors& errors);
void validate_service_entry(const networking::ServiceEntry& entry, const std::string& ns, Errors& errors);
void validate_workload_entry(const networking::WorkloadEntry& entry, Errors& errors);
void validate_workload_group(const networking::WorkloadGroup& group, Errors& errors);
void validate_sidecar(const networking::Sidecar& sidecar, Errors& errors);
void validate_envoy_filter(const networking::EnvoyFilter& filter, Errors& errors);
void validate_proxy_config(const istio::networking::v1beta1::ProxyConfig& config, Errors& errors);
void validate_peer_authentication(const istio::security::v1beta1::PeerAuthentication& policy, Errors& errors);
void validate_request_authentication(const istio::security::v1beta1::RequestAuthentication& policy, Errors& errors);
void validate_authorization_policy(const istio::security::v1beta1::AuthorizationPolicy& policy, Errors& errors);
void validate_telemetry(const istio::telemetry::v1alpha1::Telemetry& telemetry, Errors& errors);
void validate_wasm_plugin(const istio::extensions::v1alpha1::WasmPlugin& plugin, Errors& errors);
void validate_mesh_config(const istio::mesh::v1alpha1::MeshConfig& config, Errors& errors);

}  // namespace amime::source
