// Layer: all that one root rule makes for the proxies that cannot be told apart by what its rules read.
//
// A tree of runs (nodes), and the resource sets that come of them. Owned by the Engine, used on its thread only.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "translate/engine.h"
#include "translate/loadable.h"
#include "translate/node_map.h"
#include "translate/product_cache.h"
#include "translate/route_assembly.h"

namespace amime::translate {

// What all layers share; the Engine's.
struct Workshop {
  ProductCache cache;
  Interner interner;
  RouteForms forms;
  Loadable loadable;
};

class Layer {
 public:
  Layer(RuleId root, RouteDelivery delivery, const mesh::ProxyFacts& proxy, const mesh::Mesh* mesh, const ProxyAnswers& answers,
        Workshop* shop);
  // As the constructor, but starts from a layer of the same root and delivery whose proxies see the same services: only
  // what may differ between the two is looked at.
  static std::unique_ptr<Layer> beside(const Layer& sibling, const mesh::ProxyFacts& proxy, const ProxyAnswers& answers);
  ~Layer();
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  RuleId root() const { return root_; }
  RouteDelivery delivery() const { return delivery_; }
  const mesh::ProxyFacts& proxy() const { return proxy_; }
  const ProxyAnswers& answers() const { return answers_; }

  // Whether a proxy with these answers would get exactly this layer.
  bool fits(const ProxyAnswers& answers) const;

  // The scene after a change of the mesh; follow with recheck() of the suspects, then finish().
  void set_scene(const mesh::Mesh* mesh, const ProxyAnswers& answers);
  // Re-verifies the node that has this run, re-runs it if need be. A run that no node here has is ignored.
  void recheck(const Run& suspect);
  void recheck_all();
  // Makes the sets of what changed. True if any set differs from before.
  bool finish();

  // What is kept from its proxies, because their Envoys would refuse it.
  void add_notes(std::set<Note>* notes) const;

  const ResourceSetPtr& set(Type type) const { return sets_[static_cast<std::size_t>(type)]; }

  std::size_t users = 0;  // scopes

 private:
  Layer(const Layer& sibling, const mesh::ProxyFacts& proxy, const ProxyAnswers& answers);
  std::vector<KeyId> differing_from(const ProxyAnswers& sibling, std::string_view its_namespace) const;
  void recheck(KeyId key);
  void recheck(std::vector<KeyId> keys);
  void add_parent(KeyId key);
  void drop_parent(KeyId key);
  RunPtr valid_run(KeyId key);
  void replace(KeyId key, RunPtr run);
  // Whether runs know that this layer has them (Run::users).
  bool tracked() const { return root_ != RuleId::kOutbound; }
  void come(const RunPtr& run);
  void go(const RunPtr& run);
  void put(const RunPtr& run);
  bool lets_through(const ResourcePtr& resource);
  ResourcePtr form(const Run& run, const ResourcePtr& resource);
  std::vector<ResourcePtr> hosts_of(const Run& table);
  void collect(const Run& run, std::vector<ResourcePtr> (&out)[kTypes]);
  void keep_what_others_make(const std::set<KeyId>& touched, std::set<std::pair<Type, std::string>>* going,
                             std::vector<ResourcePtr> (&now)[kTypes]);
  bool build_sets();
  bool edit_sets();

  const RuleId root_;
  const RouteDelivery delivery_;
  const mesh::ProxyFacts proxy_;  // of the proxy that the layer was made for; stands for all that fit
  ProxyAnswers answers_;
  Scene scene_;
  Workshop* const shop_;
  // Bit per Ask of the proxy, over all nodes ever; what its Envoy can load always counts (lets_through).
  std::uint32_t proxy_reads_ = 1u << static_cast<unsigned>(Ask::kCanLoad);
  NodeMap nodes_;
  bool built_ = false;
  std::vector<RunPtr> touched_;  // runs that came or went since the last finish()
  std::array<ResourceSetPtr, kTypes> sets_;
  struct Withheld {
    std::vector<mesh::ObjectKey> from;
    std::string lacks;
  };
  std::map<std::pair<Type, std::string>, Withheld> withheld_;
};

}  // namespace amime::translate
