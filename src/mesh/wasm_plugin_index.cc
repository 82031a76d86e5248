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
using istio::type::v1beta1::PolicyTargetReference;

bool is_target(const PolicyTargetReference& ref, const Object& object, std::string_view gateway) {
  return ref.kind() == "Gateway" && ref.group() == "gateway.networking.k8s.io" && ref.name() == gateway &&
         (ref.namespace_().empty() || ref.namespace_() == object.key.ns);
}

// targetRefs name Gateways of the object's own namespace, and mean nothing else; a router of such a Gateway is also chosen
// by a selector (Istio's ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY, which is its default).
bool applies(const Object& object, const ProxyFacts& proxy) {
  const auto& plugin = object.spec<WasmPlugin>();
  if (!plugin.has_targetref() && plugin.targetrefs().empty()) {
    const auto& selector = plugin.selector().match_labels();
    return selects({selector.begin(), selector.end()}, proxy.labels);
  }
  const auto label = proxy.labels.find(kGatewayNameLabel);
  if (label == proxy.labels.end() || object.key.ns != proxy.ns) return false;
  if (plugin.targetrefs().empty()) return is_target(plugin.targetref(), object, label->second);
  return std::any_of(plugin.targetrefs().begin(), plugin.targetrefs().end(),
                     [&](const auto& ref) { return is_target(ref, object, label->second); });
}

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
    std::copy_if(list.begin(), list.end(), std::back_inserter(out), [&](const auto& ref) { return applies(*ref.object, proxy); });
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
