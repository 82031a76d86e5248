#include "mesh/envoy_filter_index.h"

#include <algorithm>

#include "mesh/mesh.h"
#include "mesh/objects.h"
#include "mesh/target_refs.h"
#include "networking/v1alpha3/envoy_filter.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::mesh {
namespace {

using istio::networking::v1alpha3::EnvoyFilter;

bool applies(const Object& object, const ProxyFacts& proxy) {
  const auto& filter = object.spec<EnvoyFilter>();
  // workloadSelector is not looked at beside targetRefs.
  if (!filter.targetrefs().empty()) return names_gateway_of(filter.targetrefs(), object.key.ns, proxy);
  const auto& selector = filter.workload_selector().labels();
  return selects({selector.begin(), selector.end()}, proxy.labels);
}

}  // namespace

std::vector<ObjectPtr> EnvoyFilterIndex::find(const ProxyFacts& proxy, std::string_view root_ns) const {
  std::vector<ObjectPtr> out;
  if (empty()) return out;
  const auto take = [&](std::string_view ns) {
    for (const auto& object : by_namespace_.of(ns))
      if (applies(*object, proxy)) out.push_back(object);
  };
  take(root_ns);
  if (proxy.ns != root_ns) take(proxy.ns);
  // Both lists are in order, the root namespace's first; only priority goes before that.
  std::stable_sort(out.begin(), out.end(), [](const ObjectPtr& a, const ObjectPtr& b) {
    return a->spec<EnvoyFilter>().priority() < b->spec<EnvoyFilter>().priority();
  });
  return out;
}

void EnvoyFilterIndex::replace(const ObjectPtr& before, const ObjectPtr& after) {
  by_namespace_.replace(before, after, [](const ObjectPtr& a, const ObjectPtr& b) { return older(*a, *b); });
}

}  // namespace amime::mesh
