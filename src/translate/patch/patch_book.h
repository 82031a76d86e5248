// PatchBook: the EnvoyFilters of a mesh, read, and what of them means which proxy. Owned by the Engine, used on its thread.
//
// Fields: EnvoyFilter.configPatches (applyTo, match.proxy, patch), workloadSelector, targetRefs, priority.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mesh/mesh.h"
#include "translate/note.h"
#include "translate/patch/patch.h"

namespace amime::translate {

class PatchBook {
 public:
  // Reads the EnvoyFilters that are new or differ, forgets those that are gone.
  void update(const mesh::Mesh& mesh);
  // Without those whose value the proxy's Envoy cannot load. Proxies that the same patches mean get the same object. Never null.
  ProxyPatchesPtr of(const mesh::Mesh& mesh, const mesh::ProxyFacts& proxy);
  // What is not carried out, and why: it cannot be, or it changes nothing of any proxy that it means. `taken`: what did.
  std::vector<Note> notes(const std::set<const Patch*>& taken) const;

 private:
  struct Read {
    std::uint64_t digest = 0;
    Patches patches;
    std::vector<Note> notes;
  };
  static Read read(const mesh::ObjectPtr& object);
  const std::string& lacks(const Patch& patch, const mesh::Extensions& extensions);
  std::map<mesh::ObjectKey, Read> read_;
  std::map<std::pair<const Patch*, std::uint64_t>, std::string> lacks_;  // by list of extensions; empty: nothing
  std::unordered_map<std::uint64_t, std::weak_ptr<const ProxyPatches>> made_;
  const ProxyPatchesPtr none_ = std::make_shared<ProxyPatches>();
};

}  // namespace amime::translate
