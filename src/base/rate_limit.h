// How often something may be done: token buckets, for all together and for each peer, so that one that is loud does not use up what is
// there for the others. Time is an argument.
//
// Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace amime::base {

struct Rate {
  double per_second = 0;
  double burst = 0;  // as many at once, after a rest
};

class RateLimit {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // At most `most_peers` are told apart; who has rested makes room, and those that find none share one peer's measure.
  RateLimit(Rate all, Rate peer, std::size_t most_peers = 4096) : all_(all), peer_(peer), most_peers_(most_peers) {}

  // Whether `peer` may, once, now.
  bool admit(std::string_view peer, Instant now);
  std::size_t peers() const;

 private:
  struct Bucket {
    double tokens;
    Instant at;
  };
  static double held(const Bucket& bucket, const Rate& rate, Instant now);
  static bool take(Bucket* bucket, const Rate& rate, Instant now);
  Bucket& bucket_of(std::string_view peer, Instant now);

  const Rate all_, peer_;
  const std::size_t most_peers_;
  mutable std::mutex mutex_;
  Bucket everybody_{all_.burst, {}}, others_{peer_.burst, {}};
  std::map<std::string, Bucket, std::less<>> peers_;
  Instant sweep_{};  // not before then again
};

}  // namespace amime::base
