#include "mesh/sidecar_index.h"

#include <algorithm>

#include "mesh/mesh.h"
#include "networking/v1alpha3/sidecar.pb.h"

namespace amime::mesh {
namespace {

using istio::networking::v1alpha3::Sidecar;

bool has_selector(const Object& object) { return object.spec<Sidecar>().has_workload_selector(); }

bool sidecar_before(const ObjectPtr& a, const ObjectPtr& b) {
  if (has_selector(*a) != has_selector(*b)) return has_selector(*a);
  return older(*a, *b);
}

bool applies(const Object& object, const Labels& labels) {
  const auto& selector = object.spec<Sidecar>().workload_selector().labels();
  return selects({selector.begin(), selector.end()}, labels);
}

}  // namespace

ObjectPtr SidecarIndex::find(std::string_view ns, const Labels& labels, std::string_view root_ns) const {
  for (const auto& sidecar : of_namespace(ns))
    if (applies(*sidecar, labels)) return sidecar;
  for (const auto& sidecar : of_namespace(root_ns))
    if (!has_selector(*sidecar)) return sidecar;
  return nullptr;
}

void SidecarIndex::replace(const ObjectPtr& before, const ObjectPtr& after) { by_namespace_.replace(before, after, sidecar_before); }

}  // namespace amime::mesh
