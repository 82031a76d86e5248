// The kinds that Amime knows: which group, versions and names they have, and how their objects are read.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/object.h"
#include "source/field_reader.h"

namespace amime::source {

struct KindInfo {
  std::string_view group;     // "" for core
  std::string_view versions;  // space-separated
  std::string_view name;      // "VirtualService"
  mesh::Kind kind;
  bool namespaced = true;
  mesh::Payload (*read)(FieldReader& object) = nullptr;                 // Kubernetes' kinds, Gateway API's among them
  std::shared_ptr<google::protobuf::Message> (*make_spec)() = nullptr;  // Istio's kinds: an empty spec
};

// nullptr: not one of ours.
const KindInfo* find_kind(std::string_view group, std::string_view kind);
// Whether the kind is served in that version.
bool has_version(const KindInfo& info, std::string_view version);
// The kind whose objects have this mesh::Kind; the first of several (Deployment). Null for kMeshConfig.
const KindInfo* kind_info(mesh::Kind kind);
// A policy that decides who may talk to whom: AuthorizationPolicy, PeerAuthentication, RequestAuthentication.
bool is_security_policy(mesh::Kind kind);

// The empty specs, in the order of mesh::Kind. Apart from the table because they need Istio's generated headers.
std::shared_ptr<google::protobuf::Message> make_virtual_service();
std::shared_ptr<google::protobuf::Message> make_destination_rule();
std::shared_ptr<google::protobuf::Message> make_gateway();
std::shared_ptr<google::protobuf::Message> make_service_entry();
std::shared_ptr<google::protobuf::Message> make_workload_entry();
std::shared_ptr<google::protobuf::Message> make_sidecar();
std::shared_ptr<google::protobuf::Message> make_envoy_filter();
std::shared_ptr<google::protobuf::Message> make_workload_group();
std::shared_ptr<google::protobuf::Message> make_proxy_config();
std::shared_ptr<google::protobuf::Message> make_peer_authentication();
std::shared_ptr<google::protobuf::Message> make_request_authentication();
std::shared_ptr<google::protobuf::Message> make_authorization_policy();
std::shared_ptr<google::protobuf::Message> make_telemetry();
std::shared_ptr<google::protobuf::Message> make_wasm_plugin();

}  // namespace amime::source
