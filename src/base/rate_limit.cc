#include "base/rate_limit.h"

#include <algorithm>

namespace amime::base {

double RateLimit::held(const Bucket& bucket, const Rate& rate, Instant now) {
  const double rested = std::max(0.0, std::chrono::duration<double>(now - bucket.at).count());
  return std::min(rate.burst, bucket.tokens + rested * rate.per_second);
}

bool RateLimit::take(Bucket* bucket, const Rate& rate, Instant now) {
  const double tokens = held(*bucket, rate, now);
  *bucket = {tokens, std::max(now, bucket->at)};
  if (tokens < 1) return false;
  bucket->tokens -= 1;
  return true;
}

// Who has rested until its bucket is full is like one that never came.
RateLimit::Bucket& RateLimit::bucket_of(std::string_view peer, Instant now) {
  if (const auto found = peers_.find(peer); found != peers_.end()) return found->second;
  if (peers_.size() >= most_peers_ && now >= sweep_) {
    std::erase_if(peers_, [&](const auto& entry) { return held(entry.second, peer_, now) >= peer_.burst; });
    sweep_ = now + std::chrono::seconds(1);  // looking at all of them is not for every call
  }
  if (peers_.size() >= most_peers_) return others_;
  return peers_.emplace(peer, Bucket{peer_.burst, now}).first->second;
}

bool RateLimit::admit(std::string_view peer, Instant now) {
  const std::lock_guard lock(mutex_);
  return take(&bucket_of(peer, now), peer_, now) && take(&everybody_, all_, now);
}

std::size_t RateLimit::peers() const {
  const std::lock_guard lock(mutex_);
  return peers_.size();
}

}  // namespace amime::base
