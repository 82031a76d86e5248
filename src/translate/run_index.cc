#include "translate/run_index.h"

#include <algorithm>

#include "base/hash.h"
#include "translate/product_cache.h"

namespace amime::translate {
namespace {

// Where the walk stands after one more answer. `depth` tells the end of one trace from the middle of a longer one.
std::uint64_t after(std::uint64_t place, std::size_t depth, std::uint64_t answer) {
  return base::combine(base::combine(place, depth), answer);
}

}  // namespace

bool RunIndex::fits(const Trace& trace) const {
  std::uint64_t place = 0;
  for (std::size_t i = 0;; ++i) {
    const auto at = nodes_.find(place);
    if (at == nodes_.end()) return true;  // from here on the path is new
    const Node& node = at->second;
    if (i == trace.size() || node.run || node.ask != trace[i].ask || node.key != trace[i].key) return false;
    place = after(place, i, trace[i].answer);
  }
}

void RunIndex::add(Run* run) {
  const Trace& trace = run->trace;
  if (!fits(trace)) {
    others_.push_back(run);
    return;
  }
  std::uint64_t place = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    Node& node = nodes_[place];
    node.ask = trace[i].ask;
    node.key = trace[i].key;
    ++node.users;
    place = after(place, i, trace[i].answer);
  }
  nodes_[place] = {.run = run, .users = 1};
}

void RunIndex::remove(Run* run) {
  if (std::erase(others_, run) > 0) return;
  std::uint64_t place = 0;
  for (std::size_t i = 0; i <= run->trace.size(); ++i) {
    const auto node = nodes_.find(place);
    if (i < run->trace.size()) place = after(place, i, run->trace[i].answer);
    if (--node->second.users == 0) nodes_.erase(node);
  }
}

Run* RunIndex::find(const Scene& scene) const {
  std::uint64_t place = 0;
  for (std::size_t depth = 0;; ++depth) {
    const auto at = nodes_.find(place);
    if (at == nodes_.end()) break;
    if (at->second.run) return at->second.run;
    place = after(place, depth, answer(scene, at->second.ask, at->second.key));
  }
  for (Run* run : others_)
    if (verify(run->trace, scene)) return run;
  return nullptr;
}

}  // namespace amime::translate
