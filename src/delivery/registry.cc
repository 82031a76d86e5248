#include "delivery/registry.h"

#include <algorithm>

#include "delivery/stream.h"

namespace amime::delivery {

std::uint64_t Registry::next_serial() {
  std::lock_guard lock(mutex_);
  return ++serial_;
}

void Registry::add(std::uint64_t serial, std::weak_ptr<Stream> stream) {
  std::lock_guard lock(mutex_);
  streams_[serial] = std::move(stream);
}

void Registry::remove(std::uint64_t serial) {
  std::lock_guard lock(mutex_);
  streams_.erase(serial);
}

std::vector<std::shared_ptr<Stream>> Registry::streams() const {
  std::vector<std::shared_ptr<Stream>> alive;
  std::lock_guard lock(mutex_);
  for (const auto& [serial, stream] : streams_)
    if (auto held = stream.lock()) alive.push_back(std::move(held));
  return alive;
}

std::size_t Registry::size() const {
  std::lock_guard lock(mutex_);
  return streams_.size();
}

void Registry::forget_old(SteadyTime now) {
  std::erase_if(left_, [&](const auto& entry) { return now - entry.second.when > kRemembered; });
  if (left_.size() <= kMostLeft) return;
  left_.erase(std::min_element(left_.begin(), left_.end(), [](const auto& a, const auto& b) { return a.second.when < b.second.when; }));
}

void Registry::leaves_with(const std::string& proxy_id, Possessions possessions) {
  const SteadyTime now = std::chrono::steady_clock::now();
  std::lock_guard lock(mutex_);
  left_[proxy_id] = {now, std::move(possessions)};
  forget_old(now);
}

Possessions Registry::left_with(const std::string& proxy_id) {
  std::lock_guard lock(mutex_);
  forget_old(std::chrono::steady_clock::now());
  auto found = left_.extract(proxy_id);
  return found.empty() ? Possessions() : std::move(found.mapped().possessions);
}

}  // namespace amime::delivery
