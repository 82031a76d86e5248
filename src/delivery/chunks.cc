#include "delivery/chunks.h"

#include <algorithm>

#include "base/hash.h"

namespace amime::delivery {
namespace {

constexpr std::size_t kTarget = 64 << 10;  // bytes

// A power of two, so that sets of about the same size are cut alike.
std::size_t buckets_per_chunk(const translate::ResourceSet& set) {
  std::size_t count = 1;
  while (count < translate::ResourceSet::kBuckets && set.bytes() * count < kTarget * translate::ResourceSet::kBuckets) count *= 2;
  return count;
}

}  // namespace

std::vector<Chunks::Bytes> Chunks::of(const translate::ResourceSet& set, bool sotw) {
  std::vector<Bytes> chunks;
  const std::size_t count = buckets_per_chunk(set);
  chunks.reserve(translate::ResourceSet::kBuckets / count);
  for (std::size_t i = 0; i < translate::ResourceSet::kBuckets; i += count)
    if (auto bytes = joined(set, i, count, sotw); !bytes->empty()) chunks.push_back(std::move(bytes));
  return chunks;
}

Chunks::Bytes Chunks::joined(const translate::ResourceSet& set, std::size_t first, std::size_t count, bool sotw) {
  std::uint64_t key = sotw;
  for (std::size_t i = first; i < first + count; ++i) key = base::combine(key, set.bucket(i) ? set.bucket(i)->digest() : 0);
  {
    std::lock_guard lock(mutex_);
    if (const auto it = made_.find(key); it != made_.end())
      if (auto held = it->second.lock()) return held;
  }
  auto made = std::make_shared<std::string>();
  std::size_t size = 0;
  const auto each = [&](auto&& use) {
    for (std::size_t i = first; i < first + count; ++i)
      if (const translate::Bucket* bucket = set.bucket(i))
        for (const auto& resource : bucket->resources()) use(sotw ? resource->sotw() : resource->delta());
  };
  each([&](std::string_view bytes) { size += bytes.size(); });
  made->reserve(size);
  each([&](std::string_view bytes) { made->append(bytes); });

  std::lock_guard lock(mutex_);
  if (made_.size() >= sweep_at_) {
    std::erase_if(made_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<std::size_t>(256, 2 * made_.size());
  }
  auto& slot = made_[key];
  if (auto held = slot.lock()) return held;  // another stream was faster
  slot = made;
  return made;
}

}  // namespace amime::delivery
