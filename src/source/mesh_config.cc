// MeshConfig: Istio's defaults with the user's fields over them. A field that the user names replaces the default whole,
// but defaultConfig, defaultProviders and extensionProviders are merged (as Istio merges them).
#include <fmt/format.h>

#include <algorithm>

#include "mesh/mesh_config.h"
#include "mesh/v1alpha1/config.pb.h"
#include "source/object_reader.h"
#include "source/proto_reader.h"
#include "source/validate.h"

namespace amime::source {
namespace {

namespace pb = google::protobuf;
using istio::mesh::v1alpha1::MeshConfig;
using istio::mesh::v1alpha1::ProxyConfig;

// Of two lists, the user's entries replace those of the same name and come after the others.
void merge_providers(const MeshConfig& defaults, MeshConfig& config) {
  auto mine = config.extension_providers();
  *config.mutable_extension_providers() = defaults.extension_providers();
  for (const auto& provider : mine) {
    auto& all = *config.mutable_extension_providers();
    auto same = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.name() == provider.name(); });
    *(same == all.end() ? all.Add() : &*same) = provider;
  }
}

void merge_proxy_config(const base::Tree& tree, const MeshConfig& defaults, MeshConfig& config) {
  if (!tree.is_map()) return;
  ProxyConfig merged = defaults.default_config();
  Errors seen(tree);  // already reported
  Path at;
  read_message(tree, at, merged, seen, {true});
  *config.mutable_default_config() = std::move(merged);
}

void make_set(pb::RepeatedPtrField<std::string>& set) {
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
}

std::shared_ptr<MeshConfig> read_config(const base::Tree& tree, Errors& errors) {
  const MeshConfig defaults = mesh::default_mesh_config();
  auto config = std::make_shared<MeshConfig>(defaults);
  Path at;
  if (!tree.is_null()) read_message(tree, at, *config, errors, {true});
  merge_proxy_config(tree["defaultConfig"], defaults, *config);
  if (tree.find("extensionProviders")) merge_providers(defaults, *config);
  make_set(*config->mutable_trust_domain_aliases());
  return config;
}

}  // namespace

void read_mesh_config(const base::Tree& tree, int line, const std::string& file, ParsedFile& out) {
  Errors errors(tree);
  auto object = std::make_shared<mesh::Object>();
  object->key = mesh_config_key();
  object->origin = {file, tree.line() + line};
  object->payload = mesh::ProtoSpec(read_config(tree, errors));
  if (errors.ok()) validate(*object, errors);
  ParsedObject parsed{object->key, nullptr, object->origin.line, std::make_shared<const std::string>(base::to_json(tree)), nullptr};
  if (errors.ok()) {
    object->digest = mesh::object_digest(*object);
    parsed.object = std::move(object);
  }
  auto problems = errors.take();
  for (auto& problem : problems) problem.line += line;
  append_problems(std::move(problems), file, &parsed.key, out);
  out.objects.push_back(std::move(parsed));
}

void read_mesh_config_text(const std::string& text, int line, const std::string& file, const ParseOptions& options, ParsedFile& out) {
  const auto documents = base::parse_yaml(text, 1, options.limits);
  const mesh::ObjectKey key = mesh_config_key();
  if (documents.empty()) return read_mesh_config(base::Tree(), line, file, out);
  for (const auto& error : documents[0].errors)
    append_problems({{Severity::kError, {}, error.line + line, {}, "data.mesh", error.message}}, file, &key, out);
  if (documents[0].errors.empty()) return read_mesh_config(documents[0].tree, line, file, out);
  out.objects.push_back({key, nullptr, line, {}, {}});
}

}  // namespace amime::source
