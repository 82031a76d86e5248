// ProductCache: every product that is in use, by rule key, with the index from facts to the products that read them.
//
// A product is shared by all layers in which its trace verifies. Owned by the Engine, used on its thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/string_hash.h"
#include "mesh/mesh.h"
#include "translate/rule.h"

namespace amime::translate {

class Layer;
using KeyId = std::uint32_t;

// One run of one rule: what it read and what came of it. Immutable once made, but for who uses it.
struct Run {
  KeyId key = 0;
  RuleId rule{};
  Trace trace;
  std::vector<KeyId> children;
  std::vector<ResourcePtr> resources;
  std::vector<Note> notes;
  std::uint32_t proxy_reads = 0;  // bit per Ask of the proxy
  std::vector<Layer*> users;      // layers whose node this is
};
using RunPtr = std::shared_ptr<Run>;

class ProductCache {
 public:
  KeyId intern(const RuleKey& key);
  const RuleKey& key(KeyId id) const { return keys_[id].key; }
  std::size_t keys() const { return keys_.size(); }

  // The run of this key that is valid in the scene, or null. Newest first.
  RunPtr find(KeyId key, const Scene& scene);
  // Runs the rule now and keeps the result.
  RunPtr run(KeyId key, const Scene& scene);
  void add_user(const RunPtr& run, Layer* layer);
  // Forgets the run when nobody uses it any more.
  void remove_user(const RunPtr& run, Layer* layer);

  // The runs whose reads a change may have touched; each once.
  std::vector<RunPtr> suspects(const mesh::ChangeSet& changes) const;
  void for_each_run(const std::function<void(const Run&)>& f) const;

  std::size_t size() const { return runs_; }
  std::size_t total_runs = 0, total_verifications = 0;

 private:
  struct Keyed {
    RuleKey key;
    std::vector<RunPtr> runs;
    std::uint32_t parents = 0;  // runs that name it as a child
  };
  using Readers = std::unordered_set<Run*>;
  void forget(const RunPtr& run);
  void free_if_unused(KeyId key);
  void suspect(Ask ask, std::string_view key, std::unordered_set<Run*>& out) const;
  void suspect_all(Ask ask, std::unordered_set<Run*>& out) const;
  void suspect_wildcard(std::string_view pattern, std::unordered_set<Run*>& out) const;

  std::vector<Keyed> keys_;
  std::vector<KeyId> free_;
  std::unordered_map<std::string, KeyId, base::StringHash, std::equal_to<>> ids_;
  // By Ask, then key: who read it.
  std::unordered_map<std::string, Readers, base::StringHash, std::equal_to<>> readers_[static_cast<std::size_t>(Ask::kServiceTargets) + 1];
  std::size_t runs_ = 0;
};

}  // namespace amime::translate
