// NameSet: the names that a stream asked for, interned and shared by all streams that asked for the same ones.
//
// A thousand Envoys that subscribe to the same three thousand endpoint sets hold one object. NameSets finds it by a sum
// of the names' hashes, so that a set that is already known costs no allocation per name, whatever their order. The hash
// has a random seed per process: a client cannot construct another client's set.
// NameSet is immutable, any thread; NameSets has one mutex, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "translate/resource_set.h"

namespace amime::delivery {

// Unpredictable to clients.
std::uint64_t random_seed();

class NameSet {
 public:
  bool contains(std::string_view name) const;
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::uint64_t digest() const { return digest_; }
  void for_each(const std::function<void(const std::string&)>& f) const;

 private:
  friend class NameSets;
  using Bucket = std::vector<std::string>;  // sorted
  std::array<std::shared_ptr<const Bucket>, translate::ResourceSet::kBuckets> buckets_{};
  std::size_t size_ = 0;
  std::uint64_t digest_ = 0;
};
using NameSetPtr = std::shared_ptr<const NameSet>;

class NameSets {
 public:
  NameSets();
  const NameSetPtr& empty() const { return empty_; }
  NameSetPtr make(std::span<const std::string_view> names) { return edit(empty_, names, {}); }
  // `base` with `add` put in and then `remove` taken out.
  NameSetPtr edit(const NameSetPtr& base, std::span<const std::string_view> add, std::span<const std::string_view> remove);
  std::size_t size();  // sets alive

 private:
  std::uint64_t hash(std::string_view name) const;
  NameSetPtr find(std::uint64_t digest);
  NameSetPtr build(const NameSet& base, std::span<const std::string_view> add, std::span<const std::string_view> remove) const;
  NameSetPtr keep(std::uint64_t key, NameSetPtr made);
  const std::uint64_t seed_;
  NameSetPtr empty_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::weak_ptr<const NameSet>> sets_;
  std::size_t sweep_at_ = 64;
};

}  // namespace amime::delivery
