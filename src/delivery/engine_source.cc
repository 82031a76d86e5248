#include "delivery/engine_source.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/log.h"
#include "delivery/publication.h"
#include "mesh/mesh.h"
#include "translate/engine.h"

namespace amime::delivery {
namespace {

std::set<mesh::ObjectKey> keys_of(const std::vector<mesh::Change>& changes) {
  std::set<mesh::ObjectKey> keys;
  for (const auto& change : changes) keys.insert(change.key);
  return keys;
}

class EngineSource final : public CatalogSource {
 public:
  explicit EngineSource(EngineSourceOptions options) : options_(std::move(options)), holds_(options_.holds) {
    holds_.remember(std::exchange(options_.before.verdicts, {}));
    for (auto& object : std::exchange(options_.before.in_force, {})) before_[object->key] = std::move(object);
  }
  // The copy of another, for trying things: keeps nothing, says nothing.
  EngineSource(const EngineSource& other, mesh::ChangeSet untouched)
      : options_{.holds = other.options_.holds, .before = {}}, quiet_(true), holds_(other.holds_), mesh_(other.mesh_) {
    engine_.update(other.engine_.mesh(), untouched);
  }
  std::unique_ptr<CatalogSource> fork() const override { return std::make_unique<EngineSource>(*this, mesh::ChangeSet()); }
  void update(const std::vector<mesh::Change>& changes, SteadyTime now) override {
    const auto before = holds_.list();
    mesh::ChangeSet touched;
    mesh::Mesh next = engine_.mesh().apply(take(changes, now), &touched);
    if (!quiet_) say(before);
    mesh_ = std::make_shared<const mesh::Mesh>(next);
    engine_.update(std::move(next), touched);
    keep();
  }
  std::optional<SteadyTime> look_again_at() const override { return holds_.next(); }
  std::vector<mesh::Hold> holds() const override { return holds_.list(); }
  // What was held then is the better witness.
  void resume(const std::vector<mesh::Change>& before) override {
    for (const auto& [key, object] : before) before_.try_emplace(key, object);
  }
  void reject(const std::vector<mesh::Verdict>& verdicts, SteadyTime now) override { holds_.reject(engine_.mesh(), verdicts, now); }
  std::vector<mesh::Suspect> suspects(const std::vector<mesh::ObjectKey>& keys) const override {
    return holds_.suspects(engine_.mesh(), keys);
  }
  ScopeId attach(const mesh::ProxyFacts& proxy, translate::RouteDelivery delivery) override { return engine_.attach(proxy, delivery); }
  void detach(ScopeId scope) override { engine_.detach(scope); }
  translate::CatalogPtr catalog(ScopeId scope) const override { return engine_.catalog(scope); }
  std::vector<ScopeId> take_changed() override { return engine_.take_changed(); }
  std::shared_ptr<const mesh::Mesh> mesh() const override { return mesh_; }
  std::vector<translate::Note> notes() const override { return engine_.notes(); }

 private:
  std::vector<mesh::Change> take(const std::vector<mesh::Change>& changes, SteadyTime now) {
    if (before_.empty()) return holds_.take(engine_.mesh(), changes, now);
    // The first read after a restart is an edit of what was in force before it.
    const auto before = std::exchange(before_, {});
    std::vector<mesh::Change> read = changes, had = changes;
    const auto written = keys_of(changes);
    for (const auto& [key, object] : before) {
      had.push_back({key, object});
      if (object && !written.contains(key)) read.push_back({key, nullptr});
    }
    std::vector<mesh::Change> out = holds_.take(engine_.mesh().apply(had), read, now);
    const auto decided = keys_of(out);
    for (const auto& [key, object] : before)
      if (object && !decided.contains(key)) out.push_back({key, object});  // its edit is held
    return out;
  }

  void keep() {
    if (!options_.keep) return;
    InForceRecord now{{}, holds_.verdicts()};
    for (const auto& hold : holds_.list())
      if (auto object = hold.what == mesh::Hold::What::kRetained ? nullptr : engine_.mesh().object(hold.key))
        now.in_force.push_back(std::move(object));
    if (now == kept_) return;
    options_.keep(now);
    kept_ = std::move(now);
  }

  // Once when a wait begins, once when it ends by time.
  void say(const std::vector<mesh::Hold>& before) {
    for (const auto& hold : holds_.list()) {
      const bool known =
          std::any_of(before.begin(), before.end(), [&](const mesh::Hold& b) { return b.key == hold.key && b.reason == hold.reason; });
      if (known) continue;
      const std::string object = mesh::to_string(hold.key);
      switch (hold.what) {
        case mesh::Hold::What::kRetained: base::log_info("writer", "{}: {}", object, hold.reason); break;
        case mesh::Hold::What::kHeld: base::log_warn("writer", "{}: held, its last version stays in force: {}", object, hold.reason); break;
        case mesh::Hold::What::kRejected: base::log_error("writer", "{}: rejected: {}", object, hold.reason); break;
      }
    }
    for (const auto& hold : holds_.take_overdue())
      base::log_warn("writer", "{}: in force as written, waited long enough: {}", mesh::to_string(hold.key), hold.reason);
  }

  EngineSourceOptions options_;
  const bool quiet_ = false;
  mesh::Holds holds_;
  std::map<mesh::ObjectKey, mesh::ObjectPtr> before_;  // in force in the process before, where it may differ; until the first read
  InForceRecord kept_;
  translate::Engine engine_;
  std::shared_ptr<const mesh::Mesh> mesh_;
};

}  // namespace

std::unique_ptr<CatalogSource> make_engine_source(EngineSourceOptions options) {
  return std::make_unique<EngineSource>(std::move(options));
}

}  // namespace amime::delivery
