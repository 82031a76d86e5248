// A golden case in one text, as fuzzing needs it: the documents of in.yaml; a document without a kind is the mesh's
// configuration, a list of mappings is proxies.yaml. YAML, or JSON values one after another (faster to read).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"
#include "golden/golden_case.h"

namespace amime::test {

struct CaseText {
  std::vector<mesh::ObjectPtr> objects;  // as they would be in force, derived ones among them
  std::vector<GoldenProxy> proxies;      // always a sidecar and a router among them
  bool patched = false;                  // there is an EnvoyFilter: what comes of it is its author's business
  std::string wrong;                     // what was refused without saying properly why; empty: nothing
};
CaseText read_case_text(std::string_view text);

// The documents of such a text that can be read.
std::vector<base::Tree> documents_of(std::string_view text);
bool is_mesh_config(const base::Tree& document);

// A golden case's folder as such a text.
std::string case_text(const std::filesystem::path& folder);

}  // namespace amime::test
