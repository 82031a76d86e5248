#include "translate/product_cache.h"

#include <algorithm>

namespace amime::translate {
namespace {

std::string id_text(const RuleKey& key) { return std::string(1, static_cast<char>('A' + static_cast<int>(key.rule))) + key.subject; }

constexpr std::size_t index(Ask ask) { return static_cast<std::size_t>(ask); }

ProxyReads proxy_reads(const Trace& trace) {
  ProxyReads out;
  for (const Read& read : trace) {
    if (read.ask <= kLastProxyAsk) out.asks |= 1u << index(read.ask);
    if (read.ask == Ask::kInNamespace) out.one_namespace = true;
    if (read.by_namespace) out.by_namespace = true;
    if (read.ask == Ask::kGateways || read.ask == Ask::kServiceTargets) out.own = true;
  }
  return out;
}

}  // namespace

std::uint32_t ProxyReads::agreed() const { return one_namespace || by_namespace ? asks | 1u << index(Ask::kProxyNamespace) : asks; }

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
  const Keyed& keyed = keys_[key];
  if (keyed.index) {
    ++total_verifications;
    Run* run = keyed.index->find(scene);
    return run ? run->shared_from_this() : nullptr;
  }
  for (auto at = keyed.runs.rbegin(); at != keyed.runs.rend(); ++at) {
    ++total_verifications;
    if (verify((*at)->trace, scene)) return (*at)->shared_from_this();
  }
  return nullptr;
}

RunPtr ProductCache::run(KeyId key, const Scene& scene) {
  ++total_runs;
  const RunPtr made(new Run, [this](Run* run) {
    forget(run);
    delete run;
  });
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
  made->patched = std::move(product.patched);
  made->child_set = made->children;
  std::sort(made->child_set.begin(), made->child_set.end());
  made->child_set.erase(std::unique(made->child_set.begin(), made->child_set.end()), made->child_set.end());
  made->reads = proxy_reads(made->trace);
  for (const Read& read : made->trace)
    if (read.ask > kLastProxyAsk) readers_[index(read.ask)][read.key].insert(made.get());
  keep(keys_[key], made.get());
  ++runs_;
  return made;
}

void ProductCache::keep(Keyed& keyed, Run* run) {
  constexpr std::size_t kFew = 4;
  keyed.runs.push_back(run);
  if (keyed.index) {
    keyed.index->add(run);
  } else if (keyed.runs.size() > kFew) {
    keyed.index = std::make_unique<RunIndex>();
    for (Run* kept : keyed.runs) keyed.index->add(kept);
  }
}

void ProductCache::add_user(Run& run, Layer* layer) {
  run.users.insert(std::upper_bound(run.users.begin(), run.users.end(), layer), layer);
}

void ProductCache::remove_user(Run& run, Layer* layer) {
  auto& users = run.users;
  const auto at = std::lower_bound(users.begin(), users.end(), layer);
  if (at != users.end() && *at == layer) users.erase(at);
}

void ProductCache::forget(Run* run) {
  for (const Read& read : run->trace) {
    if (read.ask <= kLastProxyAsk) continue;
    auto& readers = readers_[index(read.ask)];
    const auto at = readers.find(read.key);
    if (at == readers.end()) continue;
    at->second.erase(run);
    if (at->second.empty()) readers.erase(at);
  }
  auto& keyed = keys_[run->key];
  --runs_;
  std::erase(keyed.runs, run);
  if (keyed.index) keyed.index->remove(run);
  if (keyed.runs.empty()) keyed.index.reset();
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
        for (std::size_t i = 0; i <= index(kLastAsk); ++i) suspect_all(static_cast<Ask>(i), found);
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
      case Fact::kEndpoints:
        suspect(Ask::kEndpoints, key, found);
        suspect(Ask::kAccounts, key, found);
        break;
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
      case Fact::kTelemetries: suspect_all(Ask::kTelemetryOfMetrics, found); break;
      case Fact::kWasmPlugin: suspect(Ask::kWasmPlugin, key, found); break;
      case Fact::kPeers: suspect_all(Ask::kPeers, found); break;
      case Fact::kKeySet: suspect(Ask::kKeySet, key, found); break;
      // What these change is an answer of the proxy itself; the engine compares those (ProxyAnswers) layer by layer.
      case Fact::kAuthorizations:
      case Fact::kAuthentications:
      case Fact::kGateways:
      case Fact::kEnvoyFilters:
      case Fact::kWasmPlugins:
      case Fact::kWorkload: break;
      case Fact::kNamespace: break;  // nothing asks for it yet
    }
  }
  std::vector<RunPtr> out;
  out.reserve(found.size());
  for (Run* run : found) out.push_back(run->shared_from_this());
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

std::vector<KeyId> ProductCache::keys_by_namespace(std::string_view ns) const {
  std::unordered_set<Run*> readers;
  suspect(Ask::kInNamespace, ns, readers);
  std::vector<KeyId> out;
  for (const Run* run : readers) out.push_back(run->key);
  return out;
}

void ProductCache::for_each_run(const std::function<void(const Run&)>& f) const {
  for (const auto& keyed : keys_)
    for (const auto& run : keyed.runs) f(*run);
}

}  // namespace amime::translate
