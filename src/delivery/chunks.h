// Chunks: a whole set's bytes in a few large buffers. Neighbouring buckets are joined into buffers of about 64 kB, which
// all sets with the same buckets there share: gRPC keeps a few dozen bytes per slice and stream for good, so a set must
// not go out as hundreds of slices. Buffers live as long as somebody holds them. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "translate/resource_set.h"

namespace amime::delivery {

class Chunks {
 public:
  using Bytes = std::shared_ptr<const std::string>;
  // The resources of the set, in the form of one protocol, one after another.
  std::vector<Bytes> of(const translate::ResourceSet& set, bool sotw);

 private:
  Bytes joined(const translate::ResourceSet& set, std::size_t first, std::size_t count, bool sotw);
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::weak_ptr<const std::string>> made_;
  std::size_t sweep_at_ = 256;
};

}  // namespace amime::delivery
