#include "translate/plugin_name.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "extensions/v1alpha1/wasm.pb.h"
#include "mesh/digest.h"
#include "translate/module_url.h"

namespace amime::translate {
namespace {

using istio::extensions::v1alpha1::WasmPlugin;

// Of what the filter is told, not of where it stands.
std::uint64_t digest_of_content(WasmPlugin plugin) {
  plugin.clear_selector();
  plugin.clear_targetref();
  plugin.clear_targetrefs();
  plugin.clear_match();
  plugin.clear_phase();
  plugin.clear_priority();
  return mesh::digest_of(plugin);
}

}  // namespace

bool fetched_by_envoy(View& view, const mesh::Object& plugin) {
  const auto& spec = plugin.spec<WasmPlugin>();
  return !spec.sha256().empty() && parse_module_url(spec.url()).by_http() && !view.has_istio_agent();
}

std::string plugin_resource_name(View& view, const mesh::Object& plugin) {
  std::string name = fmt::format("extensions.istio.io/trafficextension/{}.{}~istio-translated-wasmplugin", plugin.key.ns, plugin.key.name);
  if (fetched_by_envoy(view, plugin)) name += "~" + base::hex64(digest_of_content(plugin.spec<WasmPlugin>()));
  return name;
}

}  // namespace amime::translate
