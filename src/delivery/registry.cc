#include "delivery/registry.h"

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

}  // namespace amime::delivery
