#include "mesh/slice_index.h"

#include "mesh/workload_index.h"

namespace amime::mesh {
namespace {

std::string slice_name(const ObjectPtr& slice) { return (slice->key.kind == Kind::kEndpointSlice ? "s/" : "e/") + slice->key.name; }

// What a slice's endpoints name: their addresses, the pods they are, the nodes of their nodes.
struct References {
  Names services, addresses, pods, nodes;
};

References references(const ObjectPtr& slice) {
  References out;
  if (!slice || slice_service(slice).empty()) return out;
  out.services = {slice_service(slice)};
  out.addresses = slice_addresses(slice);
  for (const auto& group : slice->as<KubeEndpoints>().groups) {
    for (const auto& endpoint : group.endpoints) {
      if (endpoint.target_kind == "Pod") {
        const auto& ns = endpoint.target_namespace.empty() ? slice->key.ns : endpoint.target_namespace;
        out.pods.push_back(join_name(ns, endpoint.target_name));
      }
      if (!endpoint.node_name.empty()) out.nodes.push_back(endpoint.node_name);
    }
  }
  sort_unique(out.pods);
  sort_unique(out.nodes);
  return out;
}

}  // namespace

Names slice_addresses(const ObjectPtr& slice) {
  Names out;
  if (!slice) return out;
  for (const auto& group : slice->as<KubeEndpoints>().groups)
    for (const auto& endpoint : group.endpoints) out.insert(out.end(), endpoint.addresses.begin(), endpoint.addresses.end());
  sort_unique(out);
  return out;
}

std::string slice_service(const ObjectPtr& slice) {
  if (!slice) return {};
  const auto& service = slice->as<KubeEndpoints>().service;
  return service.empty() ? std::string() : join_name(slice->key.ns, service);
}

std::vector<ObjectPtr> SliceIndex::of_service(const Objects& objects, std::string_view ns, std::string_view service) const {
  const Names& names = by_service_.find(join_name(ns, service));
  std::vector<ObjectPtr> out;
  for (const auto& name : names)
    if (name[0] == 's') out.push_back(objects.find(Kind::kEndpointSlice, ns, std::string_view(name).substr(2)));
  if (!out.empty()) return out;
  for (const auto& name : names) out.push_back(objects.find(Kind::kEndpoints, ns, std::string_view(name).substr(2)));
  return out;
}

Names SliceIndex::services(const Names& references) {
  Names out;
  for (const auto& reference : references) {
    std::string service = reference.substr(0, reference.find('\n'));
    if (out.empty() || out.back() != service) out.push_back(std::move(service));
  }
  return out;
}

void SliceIndex::replace(const ObjectPtr& before, const ObjectPtr& after) {
  References old = references(before), now = references(after);
  if (!old.services.empty() && !now.services.empty() && old.services != now.services) {
    replace(before, nullptr);  // moved to another Service: references name the Service, so they are made anew
    replace(nullptr, after);
    return;
  }
  const Names& service = old.services.empty() ? now.services : old.services;
  if (service.empty()) return;
  const std::string name = slice_name(before ? before : after);
  const std::string reference = service[0] + "\n" + name;
  by_service_.move(old.services, now.services, name);
  by_address_.move(old.addresses, now.addresses, reference);
  by_pod_.move(old.pods, now.pods, reference);
  by_node_.move(old.nodes, now.nodes, reference);
}

}  // namespace amime::mesh
