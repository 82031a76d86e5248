// What all streams of a swarm have counted together, and who waits for it. Any thread; one owner outlives all streams.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "swarm/xds.h"

namespace amime::bench {

using Clock = std::chrono::steady_clock;

// What a proxy must have received, and acknowledged, to be done with a change. Virtual hosts count as routes.
struct Marker {
  Type type = Type::cds;
  std::string bytes;
};

struct Traffic {
  std::array<uint64_t, kTypes> bytes{};
  std::array<uint64_t, kTypes> messages{};
  uint64_t total_bytes() const;
  uint64_t total_messages() const;
};

class Tally {
 public:
  // Which change is looked for: its number grows with each, 0 means none. Markers may only be replaced while no stream receives.
  void begin_change(std::vector<Marker> markers);
  uint64_t change() const { return change_.load(std::memory_order_acquire); }
  const std::vector<Marker>& markers() const { return markers_; }

  void count(Type type, size_t bytes);
  void proxy_synced();
  void proxy_done();
  void stream_ended(const std::string& why);

  // When each of n proxies was in sync, or done with the change; nothing if that did not happen in time or a stream broke.
  std::optional<std::vector<Clock::time_point>> wait_synced(size_t n, std::chrono::seconds bound);
  std::optional<std::vector<Clock::time_point>> wait_done(size_t n, std::chrono::seconds bound);

  Traffic traffic() const;
  Clock::time_point last_message() const;
  std::string first_error() const;

 private:
  std::optional<std::vector<Clock::time_point>> wait_for(const std::vector<Clock::time_point>& list, size_t n, std::chrono::seconds bound);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Clock::time_point> synced_;
  std::vector<Clock::time_point> done_;
  std::string first_error_;
  std::vector<Marker> markers_;
  std::atomic<uint64_t> change_{0};
  std::array<std::atomic<uint64_t>, kTypes> bytes_{};
  std::array<std::atomic<uint64_t>, kTypes> messages_{};
  std::atomic<Clock::rep> last_message_{0};
};

}  // namespace amime::bench
