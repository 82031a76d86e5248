#include "mesh/sidecar_index.h"

#include <algorithm>

#include "mesh/mesh.h"
#include "networking/v1alpha3/sidecar.pb.h"

namespace amime::mesh {
namespace {

using istio::networking::v1alpha3::Sidecar;

bool has_selector(const Object& object) { return object.spec<Sidecar>().has_workload_selector(); }

bool in_order(const ObjectPtr& a, const ObjectPtr& b) {
  if (has_selector(*a) != has_selector(*b)) return has_selector(*a);
  return older(*a, *b);
}

bool applies(const Object& object, const Labels& labels) {
  const auto& selector = object.spec<Sidecar>().workload_selector().labels();
  return selects({selector.begin(), selector.end()}, labels);
}

}  // namespace

const std::vector<ObjectPtr>& SidecarIndex::of_namespace(std::string_view ns) const {
  static const std::vector<ObjectPtr> kNone;
  const auto* found = by_namespace_.find(ns);
  return found ? **found : kNone;
}

ObjectPtr SidecarIndex::find(std::string_view ns, const Labels& labels, std::string_view root_ns) const {
  for (const auto& sidecar : of_namespace(ns))
    if (applies(*sidecar, labels)) return sidecar;
  for (const auto& sidecar : of_namespace(root_ns))
    if (!has_selector(*sidecar)) return sidecar;
  return nullptr;
}

void SidecarIndex::replace(const ObjectPtr& before, const ObjectPtr& after) {
  const std::string& ns = (before ? before : after)->key.ns;
  auto next = std::make_shared<std::vector<ObjectPtr>>(of_namespace(ns));
  if (before) std::erase_if(*next, [&](const ObjectPtr& o) { return o->key == before->key; });
  if (after) next->insert(std::upper_bound(next->begin(), next->end(), after, in_order), after);
  if (next->empty()) {
    by_namespace_.erase(ns);
  } else {
    by_namespace_.set(ns, std::move(next));
  }
}

}  // namespace amime::mesh
