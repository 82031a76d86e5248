// The CatalogSource that serves: a mesh snapshot and the translation engine over it.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "delivery/catalog_source.h"

namespace amime::delivery {

// What the files do not say: has to be kept for a process that comes after.
struct InForceRecord {
  std::vector<mesh::ObjectPtr> in_force;  // versions that are in force, though other ones are written
  std::vector<mesh::Verdict> verdicts;    // on what is written
  bool operator==(const InForceRecord&) const = default;
};

struct EngineSourceOptions {
  mesh::HoldOptions holds;
  InForceRecord before;                              // of the process before
  std::function<void(const InForceRecord&)> keep{};  // called by the writer when it is another one; null: not kept
};
std::unique_ptr<CatalogSource> make_engine_source(EngineSourceOptions options);

}  // namespace amime::delivery
