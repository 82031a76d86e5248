// Backoff: how long to wait after the n-th failure in a row: doubled each time up to a limit, a quarter of it by chance, so that
// a thousand agents do not come back at once. One thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace amime::agent {

class Backoff {
 public:
  using Milliseconds = std::chrono::milliseconds;
  Backoff(Milliseconds first, Milliseconds longest) : first_(first), longest_(longest), random_(std::random_device{}()) {}

  Milliseconds next() {
    const auto base = std::min(longest_, first_ * (1 << std::min(failures_, 16)));
    ++failures_;
    return base - Milliseconds(std::uniform_int_distribution<long>(0, base.count() / 4)(random_));
  }
  void reset() { failures_ = 0; }
  int failures() const { return failures_; }

 private:
  Milliseconds first_, longest_;
  int failures_ = 0;
  std::minstd_rand random_;
};

}  // namespace amime::agent
