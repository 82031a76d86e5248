// Registry: the streams that are open, for views. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

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

 private:
  mutable std::mutex mutex_;
  std::uint64_t serial_ = 0;
  std::map<std::uint64_t, std::weak_ptr<Stream>> streams_;
};

}  // namespace amime::delivery
