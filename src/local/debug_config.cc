#include "local/debug_config.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "local/istio_specs.h"
#include "local/object_json.h"
#include "mesh/v1alpha1/config.pb.h"

namespace amime::local {
namespace {

using mesh::Kind;
using mesh::ObjectKey;
using nlohmann::ordered_json;

// What is to be said of each object, beside its content.
using Remarks = std::map<ObjectKey, ordered_json>;

Remarks remarks(const SourceStatuses& sources, const std::vector<translate::Note>& notes) {
  Remarks out;
  for (const auto& status : sources) {
    for (const auto& problem : status->problems)
      if (problem.key)
        out[*problem.key]["problems"].push_back({{"severity", problem.severity == source::Severity::kError ? "error" : "warning"},
                                                 {"file", problem.file},
                                                 {"line", problem.line},
                                                 {"field", problem.field},
                                                 {"message", problem.message}});
    for (const auto& held : status->held) {
      out[held.key]["lastGood"] = true;
      out[held.key]["reason"] = held.reason;
    }
  }
  for (const auto& note : notes) out[note.object]["notes"].push_back({{"code", note.code}, {"field", note.field}, {"message", note.text}});
  return out;
}

bool is_istio(const mesh::Object& object) { return std::holds_alternative<mesh::ProtoSpec>(object.payload); }

ordered_json entry(const mesh::Object& object, ordered_json remark) {
  ordered_json out = object_json(object);
  remark["origin"] = object.origin.line ? fmt::format("{}:{}", object.origin.file, object.origin.line) : object.origin.file;
  remark["inForce"] = true;
  out["amime"] = std::move(remark);
  return out;
}

ordered_json problem_entry(const ObjectKey& key, ordered_json remark, bool in_force) {
  ordered_json out = {{"kind", std::string(mesh::kind_name(key.kind))}, {"metadata", {{"name", key.name}}}};
  if (!key.ns.empty()) out["metadata"]["namespace"] = key.ns;
  remark["inForce"] = in_force;
  out["amime"] = std::move(remark);
  return out;
}

// Files that could not even be split into objects.
ordered_json file_problems(const SourceStatuses& sources) {
  ordered_json out = ordered_json::array();
  for (const auto& status : sources)
    for (const auto& problem : status->problems)
      if (!problem.key)
        out.push_back({{"kind", ""},
                       {"metadata", ordered_json::object()},
                       {"amime", {{"inForce", false}, {"file", problem.file}, {"line", problem.line}, {"message", problem.message}}}});
  return out;
}

std::set<std::string> hosts_of(const mesh::Mesh& snapshot) {
  std::set<std::string> out;
  for (const auto& object : snapshot.objects(Kind::kService)) out.insert(mesh::resolve_host(object->key.name, object->key.ns));
  for (const auto& object : snapshot.objects(Kind::kServiceEntry))
    for (auto& host : read_service_entry(*object).hosts) out.insert(std::move(host));
  return out;
}

ordered_json endpoint_json(const mesh::Endpoint& endpoint, const mesh::ServicePort& port) {
  ordered_json out = {{"Addresses", {endpoint.address}},
                      {"EndpointPort", endpoint.port},
                      {"ServicePortName", port.name},
                      {"Namespace", endpoint.ns},
                      {"WorkloadName", endpoint.workload},
                      {"ServiceAccount", endpoint.service_account},
                      {"Network", endpoint.network},
                      {"LbWeight", endpoint.weight},
                      {"NodeName", endpoint.node_name},
                      {"HostName", endpoint.hostname},
                      {"HealthStatus", endpoint.draining  ? 3
                                       : endpoint.healthy ? 1
                                                          : 2}};
  const auto& place = endpoint.locality;
  out["Locality"] = {{"Label", place.region.empty() ? "" : fmt::format("{}/{}/{}", place.region, place.zone, place.subzone)}};
  out["Labels"] = ordered_json::object();
  for (const auto& [name, value] : *endpoint.labels) out["Labels"][name] = value;
  return out;
}

}  // namespace

std::string configz(const mesh::Mesh* snapshot, const SourceStatuses& sources, const std::vector<translate::Note>& notes) {
  auto said = remarks(sources, notes);
  ordered_json out = ordered_json::array();
  std::vector<mesh::ObjectPtr> objects = snapshot ? snapshot->objects() : std::vector<mesh::ObjectPtr>();
  std::set<ObjectKey> in_force;
  for (const auto& object : objects) {
    in_force.insert(object->key);
    if (!is_istio(*object)) continue;
    auto it = said.find(object->key);
    out.push_back(entry(*object, it == said.end() ? ordered_json::object() : it->second));
    if (it != said.end()) said.erase(it);
  }
  for (auto& [key, remark] : said) out.push_back(problem_entry(key, remark, in_force.contains(key)));
  for (auto& file : file_problems(sources)) out.push_back(std::move(file));
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string endpointz(const mesh::Mesh* snapshot) {
  ordered_json out = ordered_json::object();
  if (!snapshot) return out.dump() + "\n";
  for (const auto& host : hosts_of(*snapshot)) {
    const auto* services = snapshot->services_of(host);
    if (!services) continue;
    for (const auto& service : *services) {
      ordered_json endpoints = ordered_json::array();
      for (const auto& port : service->ports)
        for (const auto& endpoint : snapshot->endpoints(host, port.port, service->ns)->endpoints)
          endpoints.push_back(endpoint_json(endpoint, port));
      const char* registry = service->kubernetes ? "Kubernetes/Kubernetes" : "External/Kubernetes";
      out[host][service->ns] = {{"Shards", {{registry, std::move(endpoints)}}}, {"ServiceAccounts", ordered_json::object()}};
    }
  }
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string mesh_config_json(const mesh::Mesh* snapshot) {
  if (!snapshot) return "{}\n";
  return message_json(snapshot->mesh_config()).dump(2) + "\n";
}

}  // namespace amime::local
