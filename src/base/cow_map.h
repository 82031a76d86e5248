// CowMap: an immutable hash map whose copies share what did not change.
//
// A copy costs BUCKETS pointer copies, a write copies one bucket. The mesh's indexes are such maps, so that the next
// snapshot shares everything but the touched buckets with the last one. Not thread-safe for writers; any number of
// threads may read one instance.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace amime::base {

// Hashes std::string and std::string_view alike, so that look-ups need no temporary string.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
};

template <class Value, std::size_t kBuckets = 256>
class CowMap {
  using Bucket = std::vector<std::pair<std::string, Value>>;

 public:
  const Value* find(std::string_view key) const {
    const auto& bucket = buckets_[index(key)];
    if (!bucket) return nullptr;
    for (const auto& [k, v] : *bucket)
      if (k == key) return &v;
    return nullptr;
  }

  void set(std::string_view key, Value value) {
    Bucket& bucket = writable(index(key));
    for (auto& [k, v] : bucket)
      if (k == key) {
        v = std::move(value);
        return;
      }
    bucket.emplace_back(std::string(key), std::move(value));
    ++size_;
  }

  bool erase(std::string_view key) {
    if (!find(key)) return false;
    Bucket& bucket = writable(index(key));
    std::erase_if(bucket, [&](const auto& entry) { return entry.first == key; });
    --size_;
    return true;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Calls f(const std::string& key, const Value&) for each entry, in no particular order.
  template <class F>
  void for_each(F&& f) const {
    for (const auto& bucket : buckets_)
      if (bucket)
        for (const auto& [k, v] : *bucket) f(k, v);
  }

 private:
  static std::size_t index(std::string_view key) { return StringHash{}(key) % kBuckets; }

  Bucket& writable(std::size_t i) {
    auto& slot = buckets_[i];
    if (!slot) {
      slot = std::make_shared<Bucket>();
    } else if (slot.use_count() > 1) {
      slot = std::make_shared<Bucket>(*slot);
    }
    return *slot;
  }

  std::array<std::shared_ptr<Bucket>, kBuckets> buckets_{};
  std::size_t size_ = 0;
};

}  // namespace amime::base
