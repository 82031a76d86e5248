#include "local/object_json.h"

#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include "base/time.h"

namespace amime::local {

using nlohmann::ordered_json;

namespace {

ordered_json metadata(const mesh::Object& object) {
  ordered_json out = {{"name", object.key.name}};
  if (!object.key.ns.empty()) out["namespace"] = object.key.ns;
  if (!object.resource_version.empty()) out["resourceVersion"] = object.resource_version;
  if (object.created)
    out["creationTimestamp"] = base::rfc3339(std::chrono::system_clock::from_time_t(static_cast<std::time_t>(object.created)));
  for (const auto& [name, value] : object.labels) out["labels"][name] = value;
  for (const auto& [name, value] : object.annotations) out["annotations"][name] = value;
  return out;
}

template <class T>
void set(ordered_json& out, const char* name, const T& value) {
  if (value != T()) out[name] = value;
}

ordered_json port_json(const mesh::KubeServicePort& port) {
  ordered_json out = {{"port", port.port}, {"protocol", port.protocol}};
  set(out, "name", port.name);
  set(out, "appProtocol", port.app_protocol);
  set(out, "nodePort", port.node_port);
  set(out, "targetPort", port.target_port);
  set(out, "targetPort", port.target_port_name);
  return out;
}

void add_service(const mesh::KubeService& service, ordered_json& out) {
  auto& spec = out["spec"] = {{"type", service.type}};
  set(spec, "clusterIPs", service.cluster_ips);
  set(spec, "externalIPs", service.external_ips);
  set(spec, "selector", service.selector);
  set(spec, "externalName", service.external_name);
  set(spec, "trafficDistribution", service.traffic_distribution);
  set(spec, "internalTrafficPolicy", service.internal_traffic_policy);
  set(spec, "sessionAffinity", service.session_affinity);
  set(spec, "publishNotReadyAddresses", service.publish_not_ready_addresses);
  for (const auto& port : service.ports) spec["ports"].push_back(port_json(port));
  // A hostname as ip is read as the same: which of the two it was is not known any more.
  for (const auto& address : service.load_balancer_ingress) out["status"]["loadBalancer"]["ingress"].push_back({{"ip", address}});
}

}  // namespace

ordered_json message_json(const google::protobuf::Message& message) {
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text).ok()) return nullptr;
  return ordered_json::parse(text, nullptr, false);
}

ordered_json object_json(const mesh::Object& object) {
  ordered_json out = {
      {"kind", std::string(mesh::kind_name(object.key.kind))}, {"apiVersion", object.api_version}, {"metadata", metadata(object)}};
  if (const auto* spec = std::get_if<mesh::ProtoSpec>(&object.payload))
    out["spec"] = message_json(**spec);
  else if (const auto* plain = std::get_if<mesh::PlainSpecPtr>(&object.payload))
    out["spec"] = ordered_json::parse((*plain)->json, nullptr, false);
  else if (const auto* service = std::get_if<mesh::KubeService>(&object.payload))
    add_service(*service, out);
  else
    return nullptr;
  return out;
}

}  // namespace amime::local
