#include "mesh/wasm_plugin_index.h"

#include <algorithm>
#include <limits>

#include "extensions/v1alpha1/wasm.pb.h"
#include "mesh/digest.h"
#include "mesh/objects.h"
#include "mesh/target_refs.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::mesh {
namespace {

using istio::extensions::v1alpha1::WasmPlugin;

// Envoy fetches modules only for filters that are new (translate/plugin_name.h): the whole plugin decides about the filter.
bool may_be_fetched_by_envoy(const WasmPlugin& plugin) { return !plugin.sha256().empty() && plugin.url().starts_with("http"); }

std::uint64_t header_of(const Object& object) {
  WasmPlugin header = object.spec<WasmPlugin>();
  if (may_be_fetched_by_envoy(header)) return object.digest;
  // What its own resource carries and no listener needs to know.
  header.clear_plugin_config();
  header.clear_plugin_name();
  header.clear_url();
  header.clear_sha256();
  header.clear_vm_config();
  header.clear_image_pull_policy();
  header.clear_image_pull_secret();
  header.clear_fail_strategy();
  return Digest().add(object.key.ns).add(object.key.name).add(object.created).add(digest_of(header)).value();
}

std::int64_t priority_of(const WasmPluginRef& ref) {
  const auto& plugin = ref.object->spec<WasmPlugin>();
  return plugin.has_priority() ? plugin.priority().value() : std::numeric_limits<std::int64_t>::min();
}

}  // namespace

std::vector<WasmPluginRef> WasmPluginIndex::find(const ProxyFacts& proxy, std::string_view root_ns) const {
  std::vector<WasmPluginRef> out;
  const auto take = [&](std::string_view ns) {
    const auto& list = by_namespace_.of(ns);
    std::copy_if(list.begin(), list.end(), std::back_inserter(out),
                 [&](const WasmPluginRef& ref) { return means_workload(ref.object->spec<WasmPlugin>(), ref.object->key.ns, proxy); });
  };
  take(proxy.ns);
  if (proxy.ns != root_ns) take(root_ns);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return priority_of(a) > priority_of(b); });
  return out;
}

void WasmPluginIndex::replace(const ObjectPtr& before, const ObjectPtr& after) {
  by_namespace_.replace({before, 0}, {after, after ? header_of(*after) : 0},
                        [](const auto& a, const auto& b) { return older(*a.object, *b.object); });
}

}  // namespace amime::mesh
