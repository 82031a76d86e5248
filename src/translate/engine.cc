#include "translate/engine.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "translate/layer.h"
#include "translate/patch/patch_book.h"

namespace amime::translate {
namespace {

using LayerPtr = std::unique_ptr<Layer>;

struct Scope {
  mesh::ProxyFacts proxy;
  RouteDelivery delivery{};
  ProxyAnswers answers;
  Layer* shared = nullptr;  // what is outbound
  Layer* own = nullptr;     // inbound of a sidecar, listeners of a gateway
  CatalogPtr catalog;
  std::array<ResourceSetPtr, kTypes> from_shared, from_own;  // what the catalog is the union of
  bool live = false;
};

// What of the proxies' own answers a change may alter.
struct Stale {
  bool visible = false;  // anything visible: the cache of Visible is void
  bool all = false;      // every proxy's answers
  bool gateways = false;
  bool patches = false;
  std::set<std::string> workloads;  // at these addresses, or in namespaces ("@NAMESPACE")
  std::set<std::string> policies;   // of these namespaces

  Stale(const mesh::ChangeSet& changes, std::string_view root_namespace) {
    for (const auto& [fact, key] : changes.touched) {
      switch (fact) {
        case mesh::Fact::kService:
        case mesh::Fact::kServiceHeaders:
        case mesh::Fact::kVirtualServiceHeaders: visible = true; break;
        case mesh::Fact::kSidecars:
        case mesh::Fact::kMeshConfig: visible = all = true; break;
        case mesh::Fact::kGateways: gateways = true; break;
        case mesh::Fact::kEnvoyFilters: patches = true; break;
        case mesh::Fact::kTelemetries: all = true; break;
        case mesh::Fact::kAuthorizations:
        case mesh::Fact::kAuthentications:
        case mesh::Fact::kPeers:
          policies.insert(key);
          all |= key == root_namespace;
          break;
        case mesh::Fact::kWasmPlugins: all = true; break;  // rare, and asked of every proxy anyway
        case mesh::Fact::kWorkload: workloads.insert(key); break;
        default: break;
      }
    }
  }
  bool concerns(const mesh::ProxyFacts& proxy) const {
    if (all) return true;
    if (gateways && proxy.type == mesh::ProxyType::kRouter) return true;
    if (policies.contains(proxy.ns)) return true;
    if (workloads.empty()) return false;
    return workloads.contains('@' + proxy.ns) ||
           std::any_of(proxy.ips.begin(), proxy.ips.end(), [&](const std::string& ip) { return workloads.contains(ip); });
  }
};

// Layers that may fit a proxy: those of the same root that serve the same, or are the same gateways.
std::uint64_t kin(RuleId root, RouteDelivery delivery, const ProxyAnswers& answers) {
  const std::uint64_t about = root == RuleId::kOutbound ? 0 : root == RuleId::kGateway ? answers.gateways : answers.targets;
  return base::combine(base::combine(static_cast<std::uint64_t>(root), static_cast<std::uint64_t>(delivery)), about);
}
std::uint64_t kin(const Layer& layer) { return kin(layer.root(), layer.delivery(), layer.answers()); }

// Beside the lists: which of several services of one host is the one that this proxy means.
std::uint64_t digest_of(const mesh::Visible& visible) {
  std::uint64_t digest = visible.digest;
  for (const auto& [host, service] : visible.by_host) digest = base::combine(digest, service->digest);
  return digest;
}

}  // namespace

struct Engine::State {
  mesh::Mesh mesh;
  Workshop shop;
  PatchBook book;
  bool fresh = true;  // no update yet: whatever the first changes name, all of the mesh is new
  std::vector<LayerPtr> layers;
  std::unordered_map<std::uint64_t, std::vector<Layer*>> kindred;  // layers by kin()
  std::vector<Scope> scopes{1};                                    // by ScopeId; 0 is no scope
  std::vector<ScopeId> free_scopes;
  std::vector<ScopeId> changed;
  std::unordered_map<std::string, mesh::VisiblePtr> visible;      // by namespace and Sidecar
  std::unordered_map<std::uint64_t, mesh::VisiblePtr> same_view;  // by what is seen: most namespaces see the same
  std::optional<bool> uniform;                                    // whether all do, Sidecar objects aside; not known yet
  std::unordered_map<std::uint64_t, std::weak_ptr<const Catalog>> catalogs;

  mesh::VisiblePtr visible_to(const mesh::ProxyFacts& proxy);
  ProxyAnswers answers(const mesh::ProxyFacts& proxy);
  ProxyAnswers answers_after(const Stale& stale, const mesh::ProxyFacts& proxy, const ProxyAnswers& before);
  Layer* layer_for(RuleId root, const Scope& scope);
  void settle(Scope& scope);
  bool make_catalog(Scope& scope);
  void leave(Layer*& layer);
  void forget_kin(Layer* layer, std::uint64_t kin);
  void refresh_layers(const mesh::ChangeSet& changes, const Stale& stale);
};

mesh::VisiblePtr Engine::State::visible_to(const mesh::ProxyFacts& proxy) {
  const auto sidecar = mesh.sidecar_for(proxy);
  if (!uniform) uniform = mesh.every_namespace_sees_the_same();
  const bool router = proxy.type == mesh::ProxyType::kRouter;
  const bool same = *uniform && (router || !sidecar);
  auto& slot = visible[(same ? std::string() : proxy.ns) + '|' + (router ? "router" : sidecar ? mesh::to_string(sidecar->key) : "")];
  if (slot) return slot;
  auto made = mesh.visible(proxy);
  auto& kept = same_view[digest_of(*made)];
  if (!kept) kept = std::move(made);
  return slot = kept;
}

ProxyAnswers Engine::State::answers(const mesh::ProxyFacts& proxy) {
  return answers_of({&mesh, &proxy, visible_to(proxy), nullptr}, book.of(mesh, proxy));
}

// The answers after a change: asked again where the change concerns the proxy.
ProxyAnswers Engine::State::answers_after(const Stale& stale, const mesh::ProxyFacts& proxy, const ProxyAnswers& before) {
  if (stale.concerns(proxy)) return answers(proxy);
  ProxyAnswers out = before;
  if (stale.visible) out.visible = visible_to(proxy);
  if (stale.patches) set_patches(book.of(mesh, proxy), &out);
  return out;
}

Layer* Engine::State::layer_for(RuleId root, const Scope& scope) {
  auto& near = kindred[kin(root, scope.delivery, scope.answers)];
  for (Layer* layer : near)
    if (layer->fits(scope.answers)) return layer;
  // Layers of what is outbound are large and differ little; the others are small and differ in everything.
  const auto sibling = std::find_if(near.begin(), near.end(), [&](const Layer* layer) {
    return root == RuleId::kOutbound && layer->answers().visible == scope.answers.visible;
  });
  layers.push_back(sibling != near.end() ? Layer::beside(**sibling, scope.proxy, scope.answers)
                                         : std::make_unique<Layer>(root, scope.delivery, scope.proxy, &mesh, scope.answers, &shop));
  near.push_back(layers.back().get());
  return near.back();
}

void Engine::State::leave(Layer*& layer) {
  if (layer && --layer->users == 0) {
    forget_kin(layer, kin(*layer));
    std::erase_if(layers, [&](const LayerPtr& kept) { return kept.get() == layer; });
  }
  layer = nullptr;
}

void Engine::State::forget_kin(Layer* layer, std::uint64_t kin) {
  const auto near = kindred.find(kin);
  std::erase(near->second, layer);
  if (near->second.empty()) kindred.erase(near);
}

// Puts a scope into the layers that fit it. New layers are joined before old ones are left, so that what both need stays.
void Engine::State::settle(Scope& scope) {
  const RuleId own_root = scope.proxy.type == mesh::ProxyType::kRouter ? RuleId::kGateway : RuleId::kInbound;
  Layer* old_shared = scope.shared;
  Layer* old_own = scope.own;
  scope.shared = layer_for(RuleId::kOutbound, scope);
  ++scope.shared->users;
  scope.own = layer_for(own_root, scope);
  ++scope.own->users;
  leave(old_shared);
  leave(old_own);
}

// The union of both layers. Equal unions are the same object: proxies of one catalog make the same steps.
bool Engine::State::make_catalog(Scope& scope) {
  Catalog next;
  std::uint64_t digest = 0;
  for (std::size_t i = 0; i < kTypes; ++i) {
    const auto type = static_cast<Type>(i);
    const auto& shared = scope.shared->set(type);
    const auto& own = scope.own->set(type);
    if (scope.catalog && scope.from_shared[i] == shared && scope.from_own[i] == own) {
      next.sets[i] = scope.catalog->sets[i];
    } else if (own->size() == 0 || shared->size() == 0) {
      next.sets[i] = own->size() == 0 ? shared : own;
    } else {
      std::vector<ResourcePtr> extra;
      own->for_each([&](const ResourcePtr& resource) { extra.push_back(resource); });
      next.sets[i] = shop.interner.edit(*shared, extra, {});
    }
    scope.from_shared[i] = shared;
    scope.from_own[i] = own;
    digest = base::combine(digest, next.sets[i]->digest());
  }
  auto& slot = catalogs[digest];
  CatalogPtr held = slot.lock();
  if (!held) slot = held = std::make_shared<const Catalog>(std::move(next));
  const bool changed = held != scope.catalog;
  scope.catalog = std::move(held);
  return changed;
}

void Engine::State::refresh_layers(const mesh::ChangeSet& changes, const Stale& stale) {
  for (const auto& layer : layers) {
    const ProxyAnswers now = answers_after(stale, layer->proxy(), layer->answers());
    const bool own_answers_differ =
        now.asks != layer->answers().asks || now.gateways != layer->answers().gateways || now.targets != layer->answers().targets;
    const std::uint64_t kin_before = kin(*layer);
    layer->set_scene(&mesh, now);
    if (kin(*layer) != kin_before) {
      forget_kin(layer.get(), kin_before);
      kindred[kin(*layer)].push_back(layer.get());
    }
    if (own_answers_differ) layer->recheck_all();
  }
  std::vector<Layer*> outbound;
  for (const auto& layer : layers)
    if (layer->root() == RuleId::kOutbound) outbound.push_back(layer.get());
  for (const RunPtr& run : shop.cache.suspects(changes)) {
    const std::vector<Layer*> users = run->users;  // a copy: rechecking moves users away
    for (Layer* layer : users) layer->recheck(*run);
    for (Layer* layer : outbound) layer->recheck(*run);
  }
}

Engine::Engine() : state_(std::make_unique<State>()) {}
Engine::~Engine() {
  state_->layers.clear();  // before the cache that their nodes point into
}

const mesh::Mesh& Engine::mesh() const { return state_->mesh; }

std::size_t Engine::update(mesh::Mesh next, const mesh::ChangeSet& changes) {
  State& s = *state_;
  const std::size_t runs_before = s.shop.cache.total_runs;
  s.mesh = std::move(next);
  const Stale stale(changes, s.mesh.root_namespace());
  if (stale.patches || std::exchange(s.fresh, false)) s.book.update(s.mesh);
  if (stale.visible) {
    s.visible.clear();
    s.same_view.clear();
    s.uniform.reset();
  }
  s.refresh_layers(changes, stale);
  std::set<const Layer*> moved;
  for (const auto& layer : s.layers)
    if (layer->finish()) moved.insert(layer.get());

  for (ScopeId id = 1; id < s.scopes.size(); ++id) {
    Scope& scope = s.scopes[id];
    if (!scope.live) continue;
    if (stale.visible || stale.patches || stale.concerns(scope.proxy)) scope.answers = s.answers_after(stale, scope.proxy, scope.answers);
    const bool settled = scope.shared->fits(scope.answers) && scope.own->fits(scope.answers);
    if (!settled) s.settle(scope);
    if (!settled || moved.contains(scope.shared) || moved.contains(scope.own))
      if (s.make_catalog(scope)) s.changed.push_back(id);
  }
  std::erase_if(s.catalogs, [](const auto& entry) { return entry.second.expired(); });
  return s.shop.cache.total_runs - runs_before;
}

Engine::ScopeId Engine::attach(const mesh::ProxyFacts& proxy, RouteDelivery delivery) {
  State& s = *state_;
  ScopeId id;
  if (s.free_scopes.empty()) {
    id = s.scopes.size();
    s.scopes.emplace_back();
  } else {
    id = s.free_scopes.back();
    s.free_scopes.pop_back();
  }
  Scope& scope = s.scopes[id];
  scope.proxy = proxy;
  scope.delivery = delivery;
  scope.answers = s.answers(proxy);
  scope.live = true;
  s.settle(scope);
  s.make_catalog(scope);
  return id;
}

void Engine::detach(ScopeId id) {
  State& s = *state_;
  Scope& scope = s.scopes.at(id);
  s.leave(scope.shared);
  s.leave(scope.own);
  scope = Scope{};
  s.free_scopes.push_back(id);
  std::erase(s.changed, id);
}

CatalogPtr Engine::catalog(ScopeId scope) const { return state_->scopes.at(scope).catalog; }

std::vector<Engine::ScopeId> Engine::take_changed() { return std::exchange(state_->changed, {}); }

std::vector<Note> Engine::notes() const {
  std::set<Note> notes;
  std::set<const Patch*> patched;
  state_->shop.cache.for_each_run([&](const Run& run) {
    notes.insert(run.notes.begin(), run.notes.end());
    for (const auto& patch : run.patched) patched.insert(patch.get());
  });
  for (const auto& layer : state_->layers) layer->add_notes(&notes);
  for (auto& note : state_->book.notes(patched)) notes.insert(std::move(note));
  return {notes.begin(), notes.end()};
}

Engine::Stats Engine::stats() const {
  const State& s = *state_;
  return {s.layers.size(), s.scopes.size() - 1 - s.free_scopes.size(), s.shop.cache.size(), s.shop.cache.total_runs,
          s.shop.cache.total_verifications};
}

}  // namespace amime::translate
