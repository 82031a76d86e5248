// One golden case: a folder with in.yaml (users' YAML), proxies.yaml (who asks; optional: one sidecar in `default`),
// mesh-config.yaml (optional) and out.yaml (what each proxy receives, readable).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/tree.h"
#include "mesh/mesh.h"
#include "translate/engine.h"

namespace envoy::config::bootstrap::v3 {
class Bootstrap;
}

namespace amime::test {

struct GoldenProxy {
  std::string name;
  mesh::ProxyFacts facts;
  bool judged = true;  // by the Envoy that tests have; else it is of a build that has more
};

struct GoldenCase {
  std::filesystem::path folder;
  std::string name() const { return folder.filename().string(); }
  std::vector<mesh::ObjectPtr> objects;
  std::vector<GoldenProxy> proxies;
  std::vector<std::string> errors;  // of reading; a case has none
};

// The text of a file; empty: there is none.
std::string read_text(const std::filesystem::path& file);

// Every folder below `root` that holds an in.yaml, by name.
std::vector<std::filesystem::path> golden_folders(const std::filesystem::path& root);
GoldenCase load_case(const std::filesystem::path& folder);
// One item of proxies.yaml.
GoldenProxy read_proxy(const base::Tree& tree);

// An engine that has seen the objects in one batch.
void feed(translate::Engine& engine, const std::vector<mesh::ObjectPtr>& objects);
void feed(translate::Engine& engine, const std::vector<mesh::Change>& changes);

// The catalog as YAML: a list of resources by type, sorted by name. Deterministic.
std::string to_yaml(const translate::Catalog& catalog);

// A bootstrap with every resource in it, routes inside their listeners, for `envoy --mode validate`. JSON.
std::string to_bootstrap(const translate::Catalog& catalog, const GoldenProxy& proxy);
// Its parts: what resources mean by "ads", and the resources.
void start_bootstrap(const std::string& node, envoy::config::bootstrap::v3::Bootstrap& bootstrap);
void fill_bootstrap(const translate::Catalog& catalog, envoy::config::bootstrap::v3::Bootstrap& bootstrap);

}  // namespace amime::test
