// Memo: answers of a pure function, computed once however many threads ask at the same time.
//
// Values are kept until clear(), which the writer calls when nothing has happened for a while, or until the memo is full.
// Any thread; the lock is not held while a value is computed, and nobody waits but those who ask for that value.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/hash.h"

namespace amime::delivery {

using MemoKey = std::array<std::uint64_t, 3>;

template <class Value>
class Memo {
 public:
  explicit Memo(std::size_t limit = 512) : limit_(limit) {}

  template <class Make>
  Value get(const MemoKey& key, Make&& make) {
    const std::shared_ptr<Entry> entry = find(key);
    std::call_once(entry->once, [&] { entry->value = make(); });
    return entry->value;
  }
  void clear() {
    std::unordered_map<MemoKey, std::shared_ptr<Entry>, Hash> dying;  // dies outside the lock
    std::lock_guard lock(mutex_);
    entries_.swap(dying);
  }
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  struct Entry {
    std::once_flag once;
    Value value;
  };
  struct Hash {
    std::size_t operator()(const MemoKey& key) const { return base::combine(base::combine(key[0], key[1]), key[2]); }
  };
  std::shared_ptr<Entry> find(const MemoKey& key) {
    std::unordered_map<MemoKey, std::shared_ptr<Entry>, Hash> dying;
    std::lock_guard lock(mutex_);
    if (entries_.size() >= limit_ && !entries_.contains(key)) entries_.swap(dying);
    auto& entry = entries_[key];
    if (!entry) entry = std::make_shared<Entry>();
    return entry;
  }
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::unordered_map<MemoKey, std::shared_ptr<Entry>, Hash> entries_;
};

}  // namespace amime::delivery
