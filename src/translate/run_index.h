// RunIndex: finds among many runs of one rule and subject the one that is valid for a proxy, without trying each.
//
// A rule is deterministic: what it asks next follows from the answers it had. So the traces of its runs form a tree, each
// node a question, each edge an answer, and a lookup asks once a level however many runs there are. Kept as a table from
// the hash of the answers so far to the next question. Owned by the ProductCache, used on its thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "translate/view.h"

namespace amime::translate {

struct Run;

class RunIndex {
 public:
  void add(Run* run);
  void remove(Run* run);
  // The run whose reads all give the same answers in the scene; null: none.
  Run* find(const Scene& scene) const;

 private:
  bool fits(const Trace& trace) const;
  struct Node {
    Ask ask{};
    std::string key;
    Run* run = nullptr;       // the trace ends here
    std::uint32_t users = 0;  // runs through here
  };
  std::unordered_map<std::uint64_t, Node> nodes_;
  std::vector<Run*> others_;  // that asked otherwise than those before them; should not happen, and is only slower
};

}  // namespace amime::translate
