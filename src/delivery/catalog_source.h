// CatalogSource: what the hub needs of translation. The real one keeps a translate::Engine (engine_source.h); tests bring
// catalogs made by hand. Owned by the hub, called by its writer only.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

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
  virtual void update(const std::vector<mesh::Change>& changes) = 0;
  virtual ScopeId attach(const mesh::ProxyFacts& proxy, translate::RouteDelivery delivery) = 0;
  virtual void detach(ScopeId scope) = 0;
  virtual translate::CatalogPtr catalog(ScopeId scope) const = 0;
  virtual std::vector<ScopeId> take_changed() = 0;  // since the last call
  // For views, not for translation; may be null.
  virtual std::shared_ptr<const mesh::Mesh> mesh() const = 0;
  virtual std::vector<translate::Note> notes() const = 0;
};

}  // namespace amime::delivery
