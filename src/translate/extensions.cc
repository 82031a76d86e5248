// What the filters of a proxy's listeners ask for by name (ECDS): WasmPlugins, and what EnvoyFilters add (applyTo EXTENSION_CONFIG).
#include <set>

#include "envoy/config/core/v3/extension.pb.h"
#include "translate/names.h"
#include "translate/patch/patch_match.h"
#include "translate/plugin_name.h"
#include "translate/rules.h"

namespace amime::translate {

void extensions(View& view, std::string_view, Product& product) {
  std::set<std::string> names;
  for (const auto& ref : view.wasm_plugins()) {
    const auto& key = ref.object->key;
    names.insert(plugin_resource_name(view, *ref.object));
    product.children.push_back({RuleId::kWasmPlugin, key.ns + "/" + key.name});
  }
  for (const auto& patch : view.patches(Patched::kExtensions)) {
    product.patched.push_back(patch);
    const auto& config = patch->as<envoy::config::core::v3::TypedExtensionConfig>();
    if (names.insert(config.name()).second)
      product.resources.push_back(make_resource(Type::kExtension, config.name(), config, {}, {patch->object->key}));
    else
      product.notes.push_back(
          {patch->object->key, "conflict", field_of(patch->index) + ".patch.value.name", "there is an extension of that name already"});
  }
}

}  // namespace amime::translate
