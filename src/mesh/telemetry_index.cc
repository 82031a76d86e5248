#include "mesh/telemetry_index.h"

#include "mesh/mesh.h"
#include "mesh/objects.h"
#include "mesh/target_refs.h"
#include "telemetry/v1alpha1/telemetry.pb.h"

namespace amime::mesh {
namespace {

using istio::telemetry::v1alpha1::Telemetry;

// targetRefs, or the older targetRef, which counts where the list is empty.
bool has_targets(const Telemetry& spec) { return !spec.targetrefs().empty() || spec.has_targetref(); }

bool for_whole_namespace(const Object& object) {
  const auto& spec = object.spec<Telemetry>();
  return spec.selector().match_labels().empty() && !has_targets(spec);
}

}  // namespace

ObjectPtr TelemetryIndex::namespace_wide(std::string_view ns) const {
  for (const auto& object : by_namespace_.of(ns))
    if (for_whole_namespace(*object)) return object;
  return nullptr;
}

std::vector<ObjectPtr> TelemetryIndex::find(const ProxyFacts& proxy, std::string_view root_ns) const {
  std::vector<ObjectPtr> out;
  if (empty()) return out;
  if (auto root = namespace_wide(root_ns)) out.push_back(std::move(root));
  if (proxy.ns != root_ns)
    if (auto own = namespace_wide(proxy.ns)) out.push_back(std::move(own));
  for (const auto& object : by_namespace_.of(proxy.ns))
    if (!for_whole_namespace(*object) && means_workload(object->spec<Telemetry>(), object->key.ns, proxy)) out.push_back(object);
  return out;
}

void TelemetryIndex::replace(const ObjectPtr& before, const ObjectPtr& after) {
  const auto counts = [](const ObjectPtr& object) { return object && !object->spec<Telemetry>().metrics().empty(); };
  with_metrics_ += counts(after) - counts(before);
  by_namespace_.replace(before, after, [](const ObjectPtr& a, const ObjectPtr& b) { return older(*a, *b); });
}

}  // namespace amime::mesh
