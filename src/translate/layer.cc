#include "translate/layer.h"

#include <fmt/format.h>

#include <algorithm>

namespace amime::translate {

Layer::Layer(RuleId root, RouteDelivery delivery, const mesh::ProxyFacts& proxy, const mesh::Mesh* mesh, const ProxyAnswers& answers,
             Workshop* shop)
    : root_(root), delivery_(delivery), proxy_(proxy), answers_(answers), shop_(shop) {
  scene_ = {mesh, &proxy_, answers.visible, &answers_};
  sets_.fill(shop_->interner.empty());
  add_parent(shop_->cache.intern({root_, ""}));
  finish();
}

std::unique_ptr<Layer> Layer::beside(const Layer& sibling, const mesh::ProxyFacts& proxy, const ProxyAnswers& answers) {
  return std::unique_ptr<Layer>(new Layer(sibling, proxy, answers));
}

Layer::Layer(const Layer& sibling, const mesh::ProxyFacts& proxy, const ProxyAnswers& answers)
    : root_(sibling.root_), delivery_(sibling.delivery_), proxy_(proxy), answers_(answers), shop_(sibling.shop_), nodes_(sibling.nodes_) {
  scene_ = {sibling.scene_.mesh, &proxy_, answers.visible, &answers_};
  sets_ = sibling.sets_;
  proxy_reads_ = sibling.proxy_reads_;
  built_ = true;
  recheck(differing_from(sibling.answers_, sibling.proxy_.ns));
  constexpr auto kBuild = static_cast<std::size_t>(Ask::kCanLoad);
  if (answers_.asks[kBuild] != sibling.answers_.asks[kBuild]) built_ = false;  // each resource is looked at again
  finish();
}

// The nodes whose reads another proxy that sees the same may answer otherwise.
std::vector<KeyId> Layer::differing_from(const ProxyAnswers& sibling, std::string_view its_namespace) const {
  std::uint32_t differing = 0;
  for (std::size_t i = 0; i < answers_.asks.size(); ++i)
    if (answers_.asks[i] != sibling.asks[i]) differing |= 1u << i;
  const bool other_namespace = proxy_.ns != its_namespace;
  std::vector<KeyId> keys;
  nodes_.for_each([&](KeyId key, const NodeMap::Node& node) {
    const ProxyReads& reads = node.run->reads;
    if ((reads.asks & differing) != 0 || reads.own || (reads.by_namespace && other_namespace)) keys.push_back(key);
  });
  if (!other_namespace) return keys;
  for (const std::string_view ns : {std::string_view(proxy_.ns), its_namespace})
    for (const KeyId key : shop_->cache.keys_by_namespace(ns)) keys.push_back(key);
  return keys;
}

Layer::~Layer() {
  if (!tracked()) return;
  nodes_.for_each([&](KeyId, const NodeMap::Node& node) { ProductCache::remove_user(*node.run, this); });
}

bool Layer::fits(const ProxyAnswers& other) const {
  // Gateways and service targets are what a layer of its own is about; the shared one does not ask for them.
  if (root_ == RuleId::kGateway && answers_.gateways != other.gateways) return false;
  if (root_ != RuleId::kOutbound && answers_.targets != other.targets) return false;
  if (answers_.visible != other.visible) return false;
  for (std::size_t i = 0; i < other.asks.size(); ++i)
    if ((proxy_reads_ >> i & 1u) && answers_.asks[i] != other.asks[i]) return false;
  return true;
}

void Layer::set_scene(const mesh::Mesh* mesh, const ProxyAnswers& answers) {
  scene_.mesh = mesh;
  scene_.visible = answers.visible;
  answers_ = answers;
}

RunPtr Layer::valid_run(KeyId key) {
  if (auto run = shop_->cache.find(key, scene_)) return run;
  return shop_->cache.run(key, scene_);
}

// Iterative would not read better: the graph of rules is three deep.
void Layer::add_parent(KeyId key) {
  if (nodes_.edit(key).parents++ > 0) return;
  const RunPtr run = valid_run(key);
  nodes_.edit(key).run = run;
  come(run);
  for (const KeyId child : run->child_set) add_parent(child);
}

void Layer::drop_parent(KeyId key) {
  NodeMap::Node& node = nodes_.edit(key);
  if (--node.parents > 0) return;
  const RunPtr run = std::move(node.run);
  nodes_.erase(key);
  go(run);
  for (const KeyId child : run->child_set) drop_parent(child);
}

void Layer::recheck(const Run& suspect) {
  const NodeMap::Node* held = nodes_.find(suspect.key);
  if (held && held->run.get() == &suspect) recheck(suspect.key);
}

void Layer::recheck(KeyId key) {
  const NodeMap::Node* held = nodes_.find(key);
  if (!held) return;
  ++shop_->cache.total_verifications;
  if (verify(held->run->trace, scene_)) return;
  replace(key, valid_run(key));
}

void Layer::recheck_all() {
  std::vector<KeyId> keys;
  nodes_.for_each([&](KeyId key, const NodeMap::Node&) { keys.push_back(key); });
  recheck(std::move(keys));
}

void Layer::recheck(std::vector<KeyId> keys) {
  std::sort(keys.begin(), keys.end(), [&](KeyId a, KeyId b) { return shop_->cache.key(a) < shop_->cache.key(b); });  // parents first
  for (const KeyId key : keys) recheck(key);
}

void Layer::replace(KeyId key, RunPtr run) {
  const RunPtr old = nodes_.edit(key).run;
  if (old == run) return;
  go(old);
  come(run);
  nodes_.edit(key).run = run;
  std::vector<KeyId> added, dropped;
  std::set_difference(run->child_set.begin(), run->child_set.end(), old->child_set.begin(), old->child_set.end(),
                      std::back_inserter(added));
  std::set_difference(old->child_set.begin(), old->child_set.end(), run->child_set.begin(), run->child_set.end(),
                      std::back_inserter(dropped));
  // New children first: what they need as well stays.
  for (const KeyId child : added) add_parent(child);
  for (const KeyId child : dropped) drop_parent(child);
}

void Layer::come(const RunPtr& run) {
  if (tracked()) ProductCache::add_user(*run, this);
  put(run);
}

void Layer::go(const RunPtr& run) {
  if (tracked()) ProductCache::remove_user(*run, this);
  put(run);
}

// Remembers that the run came or went; finish() finds out what that means for the sets.
void Layer::put(const RunPtr& run) {
  proxy_reads_ |= run->reads.agreed();
  if (built_) touched_.push_back(run);
}

std::vector<ResourcePtr> Layer::hosts_of(const Run& table) {
  std::vector<ResourcePtr> hosts;
  for (const KeyId child : table.children)
    if (const NodeMap::Node* host = nodes_.find(child))
      for (const auto& resource : host->run->resources)
        if (resource->type == Type::kVirtualHost && lets_through(resource)) hosts.push_back(resource);
  return hosts;
}

// The last door: rules make what a proxy can load, and what slips through (few ask about what every Envoy has) is not sent either.
bool Layer::lets_through(const ResourcePtr& resource) {
  if (!proxy_.extensions || shop_->loadable.surely(*resource, *proxy_.extensions)) return true;
  const auto lacks = lacking(*resource, *proxy_.extensions);
  if (lacks.empty()) return true;
  withheld_[{resource->type, resource->name}] = {resource->from, fmt::format("{}", fmt::join(lacks, ", "))};
  return false;
}

void Layer::add_notes(std::set<Note>* notes) const {
  for (const auto& [named, withheld] : withheld_) {
    const std::string text =
        fmt::format("{} {} is not sent to proxies whose Envoy was built without {}", type_short(named.first), named.second, withheld.lacks);
    for (const auto& object : withheld.from) notes->insert({object, "not-honoured", "spec", text});
    if (withheld.from.empty()) notes->insert({{mesh::Kind::kMeshConfig, "", "istio"}, "not-honoured", "", text});
  }
}

// A run's resource as this layer hands it out; null: not at all (a virtual host that travels inside its
// table, what the proxies cannot load).
ResourcePtr Layer::form(const Run& run, const ResourcePtr& resource) {
  const bool whole = delivery_ == RouteDelivery::kWhole;
  if (!lets_through(resource)) return nullptr;
  if (resource->type == Type::kVirtualHost) return whole ? nullptr : resource;
  if (run.rule != RuleId::kRouteTable) return resource;
  return whole ? shop_->forms.whole(resource, hosts_of(run)) : shop_->forms.vhds(resource);
}

void Layer::collect(const Run& run, std::vector<ResourcePtr> (&out)[kTypes]) {
  for (const auto& resource : run.resources)
    if (auto made = form(run, resource)) out[static_cast<std::size_t>(made->type)].push_back(std::move(made));
}

bool Layer::build_sets() {
  built_ = true;
  touched_.clear();
  withheld_.clear();
  std::vector<ResourcePtr> all[kTypes];
  nodes_.for_each([&](KeyId, const NodeMap::Node& node) { collect(*node.run, all); });
  for (std::size_t type = 0; type < kTypes; ++type) sets_[type] = shop_->interner.make(all[type]);
  return true;
}

// Another run may make a resource of the same name: plugins whose modules come from one host share its cluster.
void Layer::keep_what_others_make(const std::set<KeyId>& touched, std::set<std::pair<Type, std::string>>* going,
                                  std::vector<ResourcePtr> (&now)[kTypes]) {
  if (going->empty()) return;
  nodes_.for_each([&](KeyId key, const NodeMap::Node& node) {
    if (touched.contains(key)) return;
    for (const auto& resource : node.run->resources) {
      const auto same = std::find_if(going->begin(), going->end(),
                                     [&](const auto& gone) { return gone.first == resource->type && gone.second == resource->name; });
      if (same == going->end()) continue;
      if (auto made = form(*node.run, resource)) {
        now[static_cast<std::size_t>(made->type)].push_back(std::move(made));
        going->erase(same);
      }
    }
  });
}

bool Layer::edit_sets() {
  if (touched_.empty()) return false;
  // Whatever the runs that came and went name, is looked up among the nodes that are there now: so the order in which
  // they came and went does not matter.
  std::set<std::pair<Type, std::string>> names;
  std::set<KeyId> keys;
  bool routes = false;
  for (const auto& run : touched_) {
    keys.insert(run->key);
    routes = routes || run->rule == RuleId::kVirtualHost || run->rule == RuleId::kAddedHosts;
    for (const auto& resource : run->resources) names.emplace(resource->type, resource->name);
  }
  touched_.clear();
  for (const auto& name : names) withheld_.erase(name);
  if (delivery_ == RouteDelivery::kWhole) std::erase_if(names, [](const auto& name) { return name.first == Type::kVirtualHost; });
  if (routes && delivery_ == RouteDelivery::kWhole)
    nodes_.for_each([&](KeyId key, const NodeMap::Node& node) {
      if (node.run->rule == RuleId::kRouteTable) keys.insert(key);
    });

  std::vector<ResourcePtr> now[kTypes];
  for (const KeyId key : keys)
    if (const NodeMap::Node* held = nodes_.find(key)) collect(*held->run, now);
  std::vector<std::string> removed[kTypes];
  for (std::size_t type = 0; type < kTypes; ++type)
    for (const auto& resource : now[type]) names.erase({static_cast<Type>(type), resource->name});
  keep_what_others_make(keys, &names, now);
  for (const auto& [type, name] : names) removed[static_cast<std::size_t>(type)].push_back(name);

  bool changed = false;
  for (std::size_t type = 0; type < kTypes; ++type) {
    std::erase_if(now[type], [&](const ResourcePtr& r) {
      const ResourcePtr* had = sets_[type]->find(r->name);
      return had && (*had)->version == r->version;
    });
    std::erase_if(removed[type], [&](const std::string& name) { return !sets_[type]->find(name); });
    if (now[type].empty() && removed[type].empty()) continue;
    sets_[type] = shop_->interner.edit(*sets_[type], now[type], removed[type]);
    changed = true;
  }
  return changed;
}

bool Layer::finish() { return built_ ? edit_sets() : build_sets(); }

}  // namespace amime::translate
