// NoteLog: says once what translation has to say about each object (a field not honoured, a destination that does not
// exist), when the mesh has come to rest after a change. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "translate/rule.h"

namespace amime::delivery {
class Hub;
}

namespace amime::local {

class NoteLog {
 public:
  // Asking costs the writer some time, so it is asked `quiet` after the last change.
  explicit NoteLog(delivery::Hub& hub, std::chrono::milliseconds quiet = std::chrono::seconds(2)) : hub_(hub), quiet_(quiet) {}
  // Call it now and then; `proxies` is how many are connected, because what there is to say depends on who is. Returns the
  // new sentences, which are also logged.
  std::vector<std::string> turn(std::size_t proxies, std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());

 private:
  delivery::Hub& hub_;
  const std::chrono::milliseconds quiet_;
  using State = std::pair<std::uint64_t, std::size_t>;  // the mesh's sequence, proxies
  State seen_, told_;
  std::chrono::steady_clock::time_point since_{};
  std::set<std::string> said_;
};

std::string sentence(const translate::Note& note);

}  // namespace amime::local
