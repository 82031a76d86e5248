// CatalogSource: what the hub needs of translation. The real one keeps a translate::Engine (engine_source.h); tests bring
// catalogs made by hand. Owned by the hub, called by its writer only.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "mesh/holds.h"
#include "mesh/object.h"
#include "mesh/proxy.h"
#include "translate/engine.h"

namespace amime::mesh {
class Mesh;
}

namespace amime::delivery {

class CatalogSource {
 public:
  using ScopeId = std::uint64_t;
  virtual ~CatalogSource() = default;
  // `changes` as they were written; which of them are in force is the source's to say (mesh/holds.h).
  virtual void update(const std::vector<mesh::Change>& changes, std::chrono::steady_clock::time_point now) = 0;
  // When update() with no changes is due, because time alone changes something. None: never.
  virtual std::optional<std::chrono::steady_clock::time_point> look_again_at() const { return std::nullopt; }
  virtual std::vector<mesh::Hold> holds() const { return {}; }
  // What a process before had in force, where it differs from what the next update() says, which is the first; null: it did
  // not have the object.
  virtual void resume(const std::vector<mesh::Change>&) {}
  // Versions that proxies refuse; an update() has to follow.
  virtual void reject(const std::vector<mesh::Verdict>&, std::chrono::steady_clock::time_point) {}
  virtual std::vector<mesh::Suspect> suspects(const std::vector<mesh::ObjectKey>&) const { return {}; }
  virtual ScopeId attach(const mesh::ProxyFacts& proxy, translate::RouteDelivery delivery) = 0;
  virtual void detach(ScopeId scope) = 0;
  virtual translate::CatalogPtr catalog(ScopeId scope) const = 0;
  virtual std::vector<ScopeId> take_changed() = 0;  // since the last call
  // A copy to try things on, which says and keeps nothing; null: there is none.
  virtual std::unique_ptr<CatalogSource> fork() const { return nullptr; }
  // For views, not for translation; may be null.
  virtual std::shared_ptr<const mesh::Mesh> mesh() const = 0;
  virtual std::vector<translate::Note> notes() const = 0;
};

}  // namespace amime::delivery
