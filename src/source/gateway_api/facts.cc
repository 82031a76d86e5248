#include "source/gateway_api/facts.h"

namespace amime::source::gateway_api {

using mesh::Kind;
using mesh::ObjectKey;

bool is_fact(Kind kind) {
  switch (kind) {
    case Kind::kService:
    case Kind::kServiceEntry:
    case Kind::kNamespace:
    case Kind::kSecret:
    case Kind::kConfigMap:
    case Kind::kMeshConfig:
    case Kind::kGatewayClass:
    case Kind::kKubernetesGateway:
    case Kind::kHttpRoute:
    case Kind::kGrpcRoute:
    case Kind::kTlsRoute:
    case Kind::kTcpRoute:
    case Kind::kReferenceGrant:
    case Kind::kListenerSet:
    case Kind::kBackendTlsPolicy:
    case Kind::kIngress:
    case Kind::kIngressClass: return true;
    default: return false;
  }
}

void Facts::take(const mesh::Change& change, Units& dirty) {
  if (change.object) {
    objects_[change.key] = change.object;
  } else {
    objects_.erase(change.key);
  }
  touch(change.key, dirty);
}

void Facts::touch(const ObjectKey& key, Units& dirty) const {
  for (const auto& asked : {key, ObjectKey{key.kind, key.ns, ""}, ObjectKey{key.kind, "", ""}})
    if (const auto found = askers_.find(asked); found != askers_.end()) dirty.insert(found->second.begin(), found->second.end());
}

mesh::ObjectPtr Facts::find(const ObjectKey& key) const {
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : found->second;
}

void Facts::forget(const ObjectKey& unit) {
  const auto asked = asked_.extract(unit);
  if (asked.empty()) return;
  for (const auto& key : asked.mapped()) {
    const auto found = askers_.find(key);
    found->second.erase(unit);
    if (found->second.empty()) askers_.erase(found);
  }
}

void Facts::record(const ObjectKey& unit, ObjectKey asked) {
  askers_[asked].insert(unit);
  asked_[unit].insert(std::move(asked));
}

mesh::ObjectPtr Reads::find(Kind kind, std::string_view ns, std::string_view name) {
  ObjectKey key{kind, std::string(ns), std::string(name)};
  auto found = facts_.find(key);
  facts_.record(unit_, std::move(key));
  return found;
}

std::vector<mesh::ObjectPtr> Reads::all(Kind kind) {
  facts_.record(unit_, {kind, "", ""});
  std::vector<mesh::ObjectPtr> out;
  for (auto at = facts_.objects_.lower_bound({kind, "", ""}); at != facts_.objects_.end() && at->first.kind == kind; ++at)
    out.push_back(at->second);
  return out;
}

std::vector<mesh::ObjectPtr> Reads::of_namespace(Kind kind, std::string_view ns) {
  facts_.record(unit_, {kind, std::string(ns), ""});
  std::vector<mesh::ObjectPtr> out;
  for (auto at = facts_.objects_.lower_bound({kind, std::string(ns), ""});
       at != facts_.objects_.end() && at->first.kind == kind && at->first.ns == ns; ++at)
    out.push_back(at->second);
  return out;
}

}  // namespace amime::source::gateway_api
