#include "translate/product_cache.h"

#include <algorithm>

namespace amime::translate {
namespace {

std::string id_text(const RuleKey& key) { return std::string(1, static_cast<char>('A' + static_cast<int>(key.rule))) + key.subject; }

constexpr std::size_t index(Ask ask) { return static_cast<std::size_t>(ask); }

}  // namespace

KeyId ProductCache::intern(const RuleKey& key) {
  const auto [at, fresh] = ids_.try_emplace(id_text(key), 0);
  if (!fresh) return at->second;
  if (free_.empty()) {
    at->second = static_cast<KeyId>(keys_.size());
    keys_.push_back({key, {}});
  } else {
    at->second = free_.back();
    free_.pop_back();
    keys_[at->second] = {key, {}};
  }
  return at->second;
}

RunPtr ProductCache::find(KeyId key, const Scene& scene) {
  auto& runs = keys_[key].runs;
  for (auto at = runs.rbegin(); at != runs.rend(); ++at) {
    ++total_verifications;
    if (verify((*at)->trace, scene)) return *at;
  }
  return nullptr;
}

RunPtr ProductCache::run(KeyId key, const Scene& scene) {
  ++total_runs;
  auto made = std::make_shared<Run>();
  made->key = key;
  made->rule = keys_[key].key.rule;
  Product product;
  {
    const RuleKey rule_key = keys_[key].key;  // a copy: interning children may move keys_
    View view(scene, &made->trace);
    rule(rule_key.rule)(view, rule_key.subject, product);
  }
  for (const auto& child : product.children) {
    made->children.push_back(intern(child));
    ++keys_[made->children.back()].parents;
  }
  made->resources = std::move(product.resources);
  made->notes = std::move(product.notes);
  for (const Read& read : made->trace) {
    if (read.ask <= kLastProxyAsk) {
      made->proxy_reads |= 1u << index(read.ask);
    } else {
      readers_[index(read.ask)][read.key].insert(made.get());
    }
  }
  keys_[key].runs.push_back(made);
  ++runs_;
  return made;
}

void ProductCache::add_user(const RunPtr& run, Layer* layer) { run->users.push_back(layer); }

void ProductCache::remove_user(const RunPtr& run, Layer* layer) {
  auto& users = run->users;
  const auto at = std::find(users.begin(), users.end(), layer);
  if (at != users.end()) {
    *at = users.back();
    users.pop_back();
  }
  if (users.empty()) forget(run);
}

void ProductCache::forget(const RunPtr& run) {
  for (const Read& read : run->trace) {
    if (read.ask <= kLastProxyAsk) continue;
    auto& readers = readers_[index(read.ask)];
    const auto at = readers.find(read.key);
    if (at == readers.end()) continue;
    at->second.erase(run.get());
    if (at->second.empty()) readers.erase(at);
  }
  auto& keyed = keys_[run->key];
  --runs_;
  std::erase(keyed.runs, run);
  for (const KeyId child : run->children) {
    --keys_[child].parents;
    free_if_unused(child);
  }
  free_if_unused(run->key);
}

// Keys come and go with hosts; their ids are used again.
void ProductCache::free_if_unused(KeyId key) {
  const Keyed& keyed = keys_[key];
  if (keyed.parents > 0 || !keyed.runs.empty()) return;
  if (ids_.erase(id_text(keyed.key)) > 0) free_.push_back(key);
}

std::vector<RunPtr> ProductCache::suspects(const mesh::ChangeSet& changes) const {
  using mesh::Fact;
  std::unordered_set<Run*> found;
  for (const auto& [fact, key] : changes.touched) {
    switch (fact) {
      case Fact::kMeshConfig:
      case Fact::kSidecars:
        // Both change what is visible and with it every answer; rare enough to check everything.
        for (std::size_t i = 0; i <= index(Ask::kServiceTargets); ++i) suspect_all(static_cast<Ask>(i), found);
        break;
      case Fact::kService:
        suspect(Ask::kService, key, found);
        suspect(Ask::kServiceAnywhere, key, found);
        suspect(Ask::kDestination, key, found);  // the service's namespace decides which rule applies
        break;
      case Fact::kServiceHeaders: suspect_all(Ask::kVisibleServices, found); break;
      case Fact::kVirtualServiceHeaders:
        suspect_all(Ask::kVisibleServices, found);  // one digest covers both headers
        suspect_all(Ask::kVisibleVirtualServices, found);
        suspect_all(Ask::kGatewayVirtualServices, found);
        break;
      case Fact::kEndpoints: suspect(Ask::kEndpoints, key, found); break;
      case Fact::kDestination:
        if (key.starts_with('*')) {
          suspect_wildcard(key, found);
        } else {
          suspect(Ask::kDestination, key, found);
        }
        break;
      case Fact::kVirtualService: suspect(Ask::kVirtualService, key, found); break;
      case Fact::kGateway: suspect(Ask::kGateway, key, found); break;
      case Fact::kSecret: suspect(Ask::kSecret, key, found); break;
      // What these change is an answer of the proxy itself; the engine compares those (ProxyAnswers) layer by layer.
      case Fact::kGateways:
      case Fact::kWorkload: break;
      case Fact::kNamespace: break;  // nothing asks for it yet
    }
  }
  std::vector<RunPtr> out;
  out.reserve(found.size());
  for (Run* run : found)
    for (const auto& kept : keys_[run->key].runs)
      if (kept.get() == run) out.push_back(kept);
  // Parents before children (roots have the lowest rule ids), and a fixed order within.
  std::sort(out.begin(), out.end(), [&](const RunPtr& a, const RunPtr& b) { return keys_[a->key].key < keys_[b->key].key; });
  return out;
}

void ProductCache::suspect(Ask ask, std::string_view key, std::unordered_set<Run*>& out) const {
  const auto& readers = readers_[index(ask)];
  const auto at = readers.find(key);
  if (at != readers.end()) out.insert(at->second.begin(), at->second.end());
}

void ProductCache::suspect_all(Ask ask, std::unordered_set<Run*>& out) const {
  for (const auto& [key, readers] : readers_[index(ask)]) out.insert(readers.begin(), readers.end());
}

void ProductCache::suspect_wildcard(std::string_view pattern, std::unordered_set<Run*>& out) const {
  for (const auto& [key, readers] : readers_[index(Ask::kDestination)])
    if (mesh::host_matches(pattern, key)) out.insert(readers.begin(), readers.end());
}

void ProductCache::for_each_run(const std::function<void(const Run&)>& f) const {
  for (const auto& keyed : keys_)
    for (const auto& run : keyed.runs) f(*run);
}

}  // namespace amime::translate
