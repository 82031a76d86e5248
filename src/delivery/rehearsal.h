// Rehearsal: what a change would do, found on a copy of the control plane: which proxies would be told what, what would be
// held back, and in which order what goes, where any other order would break requests. Nothing of it happens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mesh/holds.h"
#include "translate/resource.h"

namespace amime::delivery {

class Hub;
class Registry;

// One resource that some proxies would be told of.
struct ResourceStep {
  translate::Type type{};
  std::string name;
  translate::ResourcePtr before, after;  // null: new; removed
  std::size_t proxies = 0;               // that would be told
};

// Two steps that have to be in this order.
struct OrderedSteps {
  std::string first, then;  // "cluster outbound|80|v2|a.default.svc.cluster.local is added", "route 80/a names it"
};

struct Rehearsal {
  std::size_t proxies = 0;             // connected
  std::size_t touched = 0;             // that would be told something
  std::uint64_t bytes = 0;             // to all of them
  std::vector<ResourceStep> steps;     // by type and name
  std::vector<mesh::Hold> holds;       // that there would be and are not now
  std::vector<OrderedSteps> in_order;  // each once
};

// Asks the writer for the copy and works on the calling thread: about as long as a start of the control plane takes. None:
// the writer is not running, or nothing is in force yet.
std::optional<Rehearsal> rehearse(Hub& hub, const Registry& registry, const std::vector<mesh::Change>& changes);

}  // namespace amime::delivery
