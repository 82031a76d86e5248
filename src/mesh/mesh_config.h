// Settings: the mesh's own configuration, and what the indexes need of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mesh/istio_fwd.h"
#include "mesh/label_selector.h"
#include "mesh/model.h"

namespace amime::mesh {

struct Settings {
  std::shared_ptr<const istio::mesh::v1alpha1::MeshConfig> config;  // never null
  std::uint64_t digest = 0;
  std::string root_namespace;
  std::string trust_domain;
  std::vector<std::string> service_export_to;          // defaultServiceExportTo
  std::vector<std::string> virtual_service_export_to;  // defaultVirtualServiceExportTo
  std::vector<LabelSelector> discovery_selectors;      // discoverySelectors; none: every namespace
  bool destination_rules_private = false;              // defaultDestinationRuleExportTo has "."; other values mean "*"
};
using SettingsPtr = std::shared_ptr<const Settings>;

// What counts where the user wrote nothing (Istio's mesh.DefaultMeshConfig).
istio::mesh::v1alpha1::MeshConfig default_mesh_config();

// `object`: the MeshConfig object, or null. It says everything: whoever reads it starts from the defaults.
SettingsPtr make_settings(const ObjectPtr& object);

// exportTo of a Service, ServiceEntry or VirtualService in namespace `ns`; `defaults` where it is empty.
template <class Texts>
ExportTo parse_export_to(const Texts& texts, std::string_view ns, const std::vector<std::string>& defaults) {
  ExportTo out{false, {}};
  bool nobody = false;
  auto take = [&](const std::string& text) {
    if (text == "*") out.all = true;
    if (text == "~") nobody = true;
    out.namespaces.insert(text == "." ? std::string(ns) : text);
  };
  if (texts.begin() == texts.end()) {
    for (const auto& text : defaults) take(text);
  } else {
    for (const auto& text : texts) take(text);
  }
  if (out.all || nobody) out.namespaces.clear();
  return out;
}

}  // namespace amime::mesh
