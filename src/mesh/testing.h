// Makes objects for tests of any room, short enough to read: kind, name, and the spec as JSON (Istio's kinds) or as the
// few fields that matter (Kubernetes' kinds). Digests are set. Aborts on JSON that the API does not know.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mesh/mesh.h"

namespace amime::mesh::testing {

// An Istio object (VirtualService, DestinationRule, Gateway, ServiceEntry, WorkloadEntry, Sidecar, EnvoyFilter, Telemetry, MeshConfig);
// `spec` as in YAML, written as JSON.
ObjectPtr istio(Kind kind, std::string_view ns, std::string_view name, std::string_view spec);
inline ObjectPtr virtual_service(std::string_view ns, std::string_view name, std::string_view spec) {
  return istio(Kind::kVirtualService, ns, name, spec);
}
inline ObjectPtr destination_rule(std::string_view ns, std::string_view name, std::string_view spec) {
  return istio(Kind::kDestinationRule, ns, name, spec);
}
inline ObjectPtr gateway(std::string_view ns, std::string_view name, std::string_view spec) {
  return istio(Kind::kGateway, ns, name, spec);
}
inline ObjectPtr service_entry(std::string_view ns, std::string_view name, std::string_view spec) {
  return istio(Kind::kServiceEntry, ns, name, spec);
}
inline ObjectPtr workload_entry(std::string_view ns, std::string_view name, std::string_view spec) {
  return istio(Kind::kWorkloadEntry, ns, name, spec);
}
inline ObjectPtr sidecar(std::string_view ns, std::string_view name, std::string_view spec) {
  return istio(Kind::kSidecar, ns, name, spec);
}
// Istio's defaults with `spec` over them: a field that it has replaces the default, but defaultConfig is merged.
ObjectPtr mesh_config(std::string_view spec);

// "http:80", "http-web:80:8080", "grpc:7070:grpc" (targetPort by name), ":80" (no name).
KubeServicePort port(std::string_view text);
ObjectPtr service(std::string_view ns, std::string_view name, std::string_view cluster_ip, std::vector<std::string> ports,
                  std::map<std::string, std::string> selector = {});
// One endpoint of a slice: ready, for pod POD (empty: no targetRef).
KubeEndpoint endpoint(std::string_view address, std::string_view pod = "", std::string_view ns = "default");
// `ports` as "http:8080". The slice is named NAME and belongs to Service SERVICE.
ObjectPtr endpoint_slice(std::string_view ns, std::string_view name, std::string_view service, std::vector<std::string> ports,
                         std::vector<KubeEndpoint> endpoints);
// A ready, running pod; `ports` as "http:8080" (of one container).
ObjectPtr pod(std::string_view ns, std::string_view name, std::string_view ip, Labels labels, std::vector<std::string> ports = {},
              std::string_view node = "", std::string_view service_account = "default");
ObjectPtr node(std::string_view name, std::string_view region, std::string_view zone, std::string_view subzone = "");
ObjectPtr namespace_object(std::string_view name, Labels labels = {});
ObjectPtr secret(std::string_view ns, std::string_view name, std::map<std::string, std::string> data);

// A copy of `object` changed by `edit`, with its digest set anew.
template <class Edit>
ObjectPtr edited(const ObjectPtr& object, Edit edit) {
  auto copy = std::make_shared<Object>(*object);
  edit(*copy);
  copy->digest = object_digest(*copy);
  return copy;
}
ObjectPtr created_at(const ObjectPtr& object, std::int64_t seconds);
ObjectPtr annotated(const ObjectPtr& object, Labels annotations);

Change add(const ObjectPtr& object);  // or replace
Change remove(const ObjectPtr& object);
std::vector<Change> add_all(const std::vector<ObjectPtr>& objects);
Mesh mesh_of(const std::vector<ObjectPtr>& objects);

// The facts of a sidecar POD.NS; a router's are the same with another type.
ProxyFacts proxy(std::string_view ns, std::string_view pod = "client", std::string_view ip = "10.9.9.9", Labels labels = {});
ProxyFacts router(std::string_view ns, Labels labels, std::string_view ip = "10.9.9.1");

}  // namespace amime::mesh::testing
