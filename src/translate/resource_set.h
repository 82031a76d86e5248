// ResourceSet: all resources of one type that a proxy sees, by name. Immutable; any thread.
//
// Kept as buckets by hash of the name. Buckets of equal content are one object wherever they occur (see Interner), so
// sets of many scopes share nearly everything, two sets differ only in the buckets whose pointers differ, and a bucket is
// the unit in which a whole set is written to a stream: its resources' bytes stand one after another in one buffer that
// is made when first needed and dropped when no stream holds it any more.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "translate/resource.h"

namespace amime::translate {

class Bucket {
 public:
  explicit Bucket(std::vector<ResourcePtr> resources);  // sorted by name
  const std::vector<ResourcePtr>& resources() const { return resources_; }
  std::uint64_t digest() const { return digest_; }
  std::size_t bytes() const { return bytes_; }  // sum of delta() sizes
  // All resources' delta() or sotw() bytes in one buffer. Shared by all who ask while anybody holds it.
  std::shared_ptr<const std::string> joined(bool sotw) const;
  const ResourcePtr* find(std::string_view name) const;

 private:
  std::vector<ResourcePtr> resources_;
  std::uint64_t digest_;
  std::size_t bytes_ = 0;
  mutable std::mutex mutex_;
  mutable std::weak_ptr<const std::string> joined_[2];
};
using BucketPtr = std::shared_ptr<const Bucket>;

class ResourceSet;
using ResourceSetPtr = std::shared_ptr<const ResourceSet>;

// What changes between two sets, sorted by name.
struct SetDiff {
  std::vector<ResourcePtr> updated;  // new or with another version
  std::vector<std::string> removed;
};

class ResourceSet {
 public:
  static constexpr std::size_t kBuckets = 256;
  static std::size_t bucket_of(std::string_view name);

  const std::array<BucketPtr, kBuckets>& buckets() const { return buckets_; }  // null: empty bucket
  const ResourcePtr* find(std::string_view name) const;
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return bytes_; }      // sum of delta() sizes
  std::uint64_t digest() const { return digest_; }  // of all names and versions: equal digests mean equal sets
  void for_each(const std::function<void(const ResourcePtr&)>& f) const;

 private:
  friend class Interner;
  std::array<BucketPtr, kBuckets> buckets_{};
  std::size_t size_ = 0, bytes_ = 0;
  std::uint64_t digest_ = 0;
};

SetDiff diff(const ResourceSet& from, const ResourceSet& to);

// Makes sets; equal buckets and equal sets come out as the same object. Any thread (one mutex).
class Interner {
 public:
  ResourceSetPtr empty();
  ResourceSetPtr make(const std::vector<ResourcePtr>& resources);
  // `base` with `updated` put in (by name) and `removed` taken out.
  ResourceSetPtr edit(const ResourceSet& base, const std::vector<ResourcePtr>& updated, const std::vector<std::string>& removed);

 private:
  BucketPtr intern(std::vector<ResourcePtr> resources);
  ResourceSetPtr finish(std::shared_ptr<ResourceSet> set);
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::weak_ptr<const Bucket>> buckets_;
  std::unordered_map<std::uint64_t, std::weak_ptr<const ResourceSet>> sets_;
};

}  // namespace amime::translate
