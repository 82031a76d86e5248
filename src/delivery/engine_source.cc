#include "delivery/engine_source.h"

#include "mesh/mesh.h"
#include "translate/engine.h"

namespace amime::delivery {
namespace {

class EngineSource final : public CatalogSource {
 public:
  void update(const std::vector<mesh::Change>& changes) override {
    mesh::ChangeSet touched;
    mesh::Mesh next = engine_.mesh().apply(changes, &touched);
    mesh_ = std::make_shared<const mesh::Mesh>(next);
    engine_.update(std::move(next), touched);
  }
  ScopeId attach(const mesh::ProxyFacts& proxy, translate::RouteDelivery delivery) override { return engine_.attach(proxy, delivery); }
  void detach(ScopeId scope) override { engine_.detach(scope); }
  translate::CatalogPtr catalog(ScopeId scope) const override { return engine_.catalog(scope); }
  std::vector<ScopeId> take_changed() override { return engine_.take_changed(); }
  std::shared_ptr<const mesh::Mesh> mesh() const override { return mesh_; }
  std::vector<translate::Note> notes() const override { return engine_.notes(); }

 private:
  translate::Engine engine_;
  std::shared_ptr<const mesh::Mesh> mesh_;
};

}  // namespace

std::unique_ptr<CatalogSource> make_engine_source() { return std::make_unique<EngineSource>(); }

}  // namespace amime::delivery
