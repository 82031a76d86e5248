// Forward declarations of Istio's API messages, so that headers need no generated code (which is slow to compile).
// Files that look inside include the generated header, for example "networking/v1alpha3/virtual_service.pb.h".
#pragma once

namespace google::protobuf {
class Message;
}
namespace istio::mesh::v1alpha1 {
class MeshConfig;
class ProxyConfig;
}  // namespace istio::mesh::v1alpha1
namespace istio::networking::v1alpha3 {
class DestinationRule;
class Gateway;
class ServiceEntry;
class Sidecar;
class TrafficPolicy;
class VirtualService;
class WorkloadEntry;
}  // namespace istio::networking::v1alpha3
