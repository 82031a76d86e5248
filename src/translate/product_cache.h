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
#include "translate/run_index.h"

namespace amime::translate {

class Layer;
using KeyId = std::uint32_t;

// What of a run's reads may be answered otherwise for a proxy that sees the same services in the same mesh.
struct ProxyReads {
  std::uint32_t asks = 0;      // bit per Ask of the proxy
  bool one_namespace = false;  // whether it is in some namespace: one answer for all but that one's
  bool by_namespace = false;   // Read::by_namespace
  bool own = false;            // which gateways it is, what it serves
  // The asks in which proxies that share the run's layer have to agree.
  std::uint32_t agreed() const;
};

// One run of one rule: what it read and what came of it. Immutable once made, but for `users`. The cache knows it as long
// as somebody holds it.
struct Run : std::enable_shared_from_this<Run> {
  KeyId key = 0;
  RuleId rule{};
  Trace trace;
  std::vector<KeyId> children;   // as the rule named them
  std::vector<KeyId> child_set;  // sorted, each once
  std::vector<ResourcePtr> resources;
  std::vector<Note> notes;
  Taken patched;
  ProxyReads reads;
  // Layers of what is a proxy's own whose node this is, sorted. Of what is outbound there are few layers, and all of them
  // have nearly every run, so those are asked instead.
  std::vector<Layer*> users;
};
using RunPtr = std::shared_ptr<Run>;

class ProductCache {
 public:
  KeyId intern(const RuleKey& key);
  const RuleKey& key(KeyId id) const { return keys_[id].key; }
  std::size_t keys() const { return keys_.size(); }

  // The run of this key that is valid in the scene, or null.
  RunPtr find(KeyId key, const Scene& scene);
  // Runs the rule now and keeps the result.
  RunPtr run(KeyId key, const Scene& scene);
  static void add_user(Run& run, Layer* layer);
  static void remove_user(Run& run, Layer* layer);

  // The runs whose reads a change may have touched; each once.
  std::vector<RunPtr> suspects(const mesh::ChangeSet& changes) const;
  // The keys of runs that asked whether the proxy is in `ns`.
  std::vector<KeyId> keys_by_namespace(std::string_view ns) const;
  void for_each_run(const std::function<void(const Run&)>& f) const;

  std::size_t size() const { return runs_; }
  std::size_t total_runs = 0, total_verifications = 0;

 private:
  struct Keyed {
    RuleKey key;
    std::vector<Run*> runs;
    std::unique_ptr<RunIndex> index;  // of many runs; null: few
    std::uint32_t parents = 0;        // runs that name it as a child
  };
  using Readers = std::unordered_set<Run*>;
  static void keep(Keyed& keyed, Run* run);
  void forget(Run* run);  // its last holder let go
  void free_if_unused(KeyId key);
  void suspect(Ask ask, std::string_view key, std::unordered_set<Run*>& out) const;
  void suspect_all(Ask ask, std::unordered_set<Run*>& out) const;
  void suspect_wildcard(std::string_view pattern, std::unordered_set<Run*>& out) const;

  std::vector<Keyed> keys_;
  std::vector<KeyId> free_;
  std::unordered_map<std::string, KeyId, base::StringHash, std::equal_to<>> ids_;
  // By Ask, then key: who read it.
  std::unordered_map<std::string, Readers, base::StringHash, std::equal_to<>> readers_[static_cast<std::size_t>(kLastAsk) + 1];
  std::size_t runs_ = 0;
};

}  // namespace amime::translate
