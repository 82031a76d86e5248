// The edits of a run: which, in which order, and how a proxy recognises each of them. The same for the same seed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "swarm/mesh_files.h"
#include "swarm/tally.h"

namespace amime::bench {

enum class Kind { endpoint, weight, subset, service };
inline constexpr Kind kKinds[] = {Kind::endpoint, Kind::weight, Kind::subset, Kind::service};
std::string_view kind_name(Kind kind);

struct PlannedChange {
  Kind kind = Kind::endpoint;
  std::vector<Marker> markers;
  std::function<void(const MeshFiles&)> write;
};

// `count` changes of each kind, kind after kind.
std::vector<PlannedChange> plan_changes(int services, int count, unsigned seed);

}  // namespace amime::bench
