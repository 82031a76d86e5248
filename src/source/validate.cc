#include "source/validate.h"

#include "extensions/v1alpha1/wasm.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/envoy_filter.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "networking/v1alpha3/service_entry.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "networking/v1alpha3/workload_entry.pb.h"
#include "networking/v1alpha3/workload_group.pb.h"
#include "networking/v1beta1/proxy_config.pb.h"
#include "security/v1beta1/authorization_policy.pb.h"
#include "security/v1beta1/peer_authentication.pb.h"
#include "security/v1beta1/request_authentication.pb.h"
#include "source/validators.h"
#include "telemetry/v1alpha1/telemetry.pb.h"

namespace amime::source {
namespace {

using mesh::Kind;
using mesh::Object;
namespace security = istio::security::v1beta1;

// istio.io/dry-run is for AuthorizationPolicies that allow or deny.
void check_dry_run(const Object& object, Errors& errors) {
  const auto found = object.annotations.find("istio.io/dry-run");
  if (found == object.annotations.end()) return;
  const Path at = (Path() / "metadata" / "annotations").key("istio.io/dry-run");
  if (object.key.kind != Kind::kAuthorizationPolicy) return errors.add(at, "is for AuthorizationPolicies only");
  const auto action = object.spec<security::AuthorizationPolicy>().action();
  if (action != security::AuthorizationPolicy::ALLOW && action != security::AuthorizationPolicy::DENY)
    errors.add(at, "is for actions ALLOW and DENY only");
  if (found->second != "true" && found->second != "false") errors.add(at, "must be \"true\" or \"false\"");
}

void check_spec(const Object& object, Errors& errors) {
  const std::string &ns = object.key.ns, &name = object.key.name;
  switch (object.key.kind) {
    case Kind::kVirtualService: return validate_virtual_service(object.spec<networking::VirtualService>(), ns, errors);
    case Kind::kDestinationRule: return validate_destination_rule(object.spec<networking::DestinationRule>(), ns, errors);
    case Kind::kGateway: return validate_gateway(object.spec<networking::Gateway>(), name, errors);
    case Kind::kServiceEntry: return validate_service_entry(object.spec<networking::ServiceEntry>(), ns, errors);
    case Kind::kWorkloadEntry: return validate_workload_entry(object.spec<networking::WorkloadEntry>(), errors);
    case Kind::kWorkloadGroup: return validate_workload_group(object.spec<networking::WorkloadGroup>(), errors);
    case Kind::kSidecar: return validate_sidecar(object.spec<networking::Sidecar>(), errors);
    case Kind::kEnvoyFilter: return validate_envoy_filter(object.spec<networking::EnvoyFilter>(), errors);
    case Kind::kProxyConfig: return validate_proxy_config(object.spec<istio::networking::v1beta1::ProxyConfig>(), errors);
    case Kind::kPeerAuthentication: return validate_peer_authentication(object.spec<security::PeerAuthentication>(), errors);
    case Kind::kRequestAuthentication: return validate_request_authentication(object.spec<security::RequestAuthentication>(), errors);
    case Kind::kAuthorizationPolicy: return validate_authorization_policy(object.spec<security::AuthorizationPolicy>(), errors);
    case Kind::kTelemetry: return validate_telemetry(object.spec<istio::telemetry::v1alpha1::Telemetry>(), errors);
    case Kind::kWasmPlugin: return validate_wasm_plugin(object.spec<istio::extensions::v1alpha1::WasmPlugin>(), errors);
    case Kind::kMeshConfig: return validate_mesh_config(object.spec<istio::mesh::v1alpha1::MeshConfig>(), errors);
    default: return;
  }
}

}  // namespace

void validate(const Object& object, Errors& errors) {
  if (std::holds_alternative<mesh::ProtoSpec>(object.payload)) check_dry_run(object, errors);
  check_spec(object, errors);
}

}  // namespace amime::source
