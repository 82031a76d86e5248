// Registry: the streams that are open, for views; and what those left their proxies with that ended lately. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "delivery/gate.h"

namespace amime::delivery {

class Stream;

class Registry {
 public:
  // A number for a new stream; also the first part of its nonces.
  std::uint64_t next_serial();
  void add(std::uint64_t serial, std::weak_ptr<Stream> stream);
  void remove(std::uint64_t serial);
  std::vector<std::shared_ptr<Stream>> streams() const;  // oldest first
  std::size_t size() const;

  // State of the world: a proxy that comes back cannot say what it has. Kept for kRemembered, for the kMostLeft latest.
  void leaves_with(const std::string& proxy_id, Possessions possessions);
  Possessions left_with(const std::string& proxy_id);  // forgotten by the call; nothing known: empty
  static constexpr std::chrono::minutes kRemembered{10};
  static constexpr std::size_t kMostLeft = 4096;

 private:
  struct Left {
    SteadyTime when;
    Possessions possessions;
  };
  void forget_old(SteadyTime now);  // with the lock
  std::map<std::string, Left> left_;
  mutable std::mutex mutex_;
  std::uint64_t serial_ = 0;
  std::map<std::uint64_t, std::weak_ptr<Stream>> streams_;
};

}  // namespace amime::delivery
