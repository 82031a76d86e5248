#include "source/kinds.h"

#include "extensions/v1alpha1/wasm.pb.h"
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
#include "telemetry/v1alpha1/telemetry.pb.h"

namespace amime::source {

using Spec = std::shared_ptr<google::protobuf::Message>;
namespace networking = istio::networking::v1alpha3;
namespace security = istio::security::v1beta1;

Spec make_virtual_service() { return std::make_shared<networking::VirtualService>(); }
Spec make_destination_rule() { return std::make_shared<networking::DestinationRule>(); }
Spec make_gateway() { return std::make_shared<networking::Gateway>(); }
Spec make_service_entry() { return std::make_shared<networking::ServiceEntry>(); }
Spec make_workload_entry() { return std::make_shared<networking::WorkloadEntry>(); }
Spec make_sidecar() { return std::make_shared<networking::Sidecar>(); }
Spec make_envoy_filter() { return std::make_shared<networking::EnvoyFilter>(); }
Spec make_workload_group() { return std::make_shared<networking::WorkloadGroup>(); }
Spec make_proxy_config() { return std::make_shared<istio::networking::v1beta1::ProxyConfig>(); }
Spec make_peer_authentication() { return std::make_shared<security::PeerAuthentication>(); }
Spec make_request_authentication() { return std::make_shared<security::RequestAuthentication>(); }
Spec make_authorization_policy() { return std::make_shared<security::AuthorizationPolicy>(); }
Spec make_telemetry() { return std::make_shared<istio::telemetry::v1alpha1::Telemetry>(); }
Spec make_wasm_plugin() { return std::make_shared<istio::extensions::v1alpha1::WasmPlugin>(); }

}  // namespace amime::source
