#include "swarm/tally.h"

#include <numeric>

namespace amime::bench {

uint64_t Traffic::total_bytes() const { return std::accumulate(bytes.begin(), bytes.end(), uint64_t{0}); }
uint64_t Traffic::total_messages() const { return std::accumulate(messages.begin(), messages.end(), uint64_t{0}); }

void Tally::begin_change(std::vector<Marker> markers) {
  std::lock_guard lock(mutex_);
  markers_ = std::move(markers);
  done_.clear();
  change_.fetch_add(1, std::memory_order_release);
}

void Tally::count(Type type, size_t bytes) {
  bytes_[index(type)].fetch_add(bytes, std::memory_order_relaxed);
  messages_[index(type)].fetch_add(1, std::memory_order_relaxed);
  last_message_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
}

void Tally::proxy_synced() {
  std::lock_guard lock(mutex_);
  synced_.push_back(Clock::now());
  changed_.notify_all();
}

void Tally::proxy_done() {
  std::lock_guard lock(mutex_);
  done_.push_back(Clock::now());
  changed_.notify_all();
}

void Tally::stream_ended(const std::string& why) {
  std::lock_guard lock(mutex_);
  if (first_error_.empty()) first_error_ = why;
  changed_.notify_all();
}

std::optional<std::vector<Clock::time_point>> Tally::wait_for(const std::vector<Clock::time_point>& list, size_t n,
                                                              std::chrono::seconds bound) {
  std::unique_lock lock(mutex_);
  const bool reached = changed_.wait_for(lock, bound, [&] { return list.size() >= n || !first_error_.empty(); });
  if (!reached || list.size() < n) return std::nullopt;
  return list;
}

std::optional<std::vector<Clock::time_point>> Tally::wait_synced(size_t n, std::chrono::seconds bound) {
  return wait_for(synced_, n, bound);
}
std::optional<std::vector<Clock::time_point>> Tally::wait_done(size_t n, std::chrono::seconds bound) { return wait_for(done_, n, bound); }

Traffic Tally::traffic() const {
  Traffic traffic;
  for (size_t type = 0; type < kTypes; ++type) {
    traffic.bytes[type] = bytes_[type].load(std::memory_order_relaxed);
    traffic.messages[type] = messages_[type].load(std::memory_order_relaxed);
  }
  return traffic;
}

Clock::time_point Tally::last_message() const { return Clock::time_point(Clock::duration(last_message_.load(std::memory_order_relaxed))); }

std::string Tally::first_error() const {
  std::lock_guard lock(mutex_);
  return first_error_;
}

}  // namespace amime::bench
