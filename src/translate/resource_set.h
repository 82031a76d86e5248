// ResourceSet: all resources of one type that a proxy sees, by name. Immutable; any thread.
//
// Kept as buckets by hash of the name, and the buckets in pages. Buckets and pages of equal content are one object wherever
// they occur (see Interner), so sets of many scopes share nearly everything, an edit costs what it touches, and two sets
// differ only where pointers differ.
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
  std::size_t eds() const { return eds_; }
  const ResourcePtr* find(std::string_view name) const;

 private:
  std::vector<ResourcePtr> resources_;
  std::uint64_t digest_;
  std::size_t bytes_ = 0, eds_ = 0;
};
using BucketPtr = std::shared_ptr<const Bucket>;

struct Page {
  static constexpr std::size_t kBuckets = 16;
  std::array<BucketPtr, kBuckets> buckets{};  // null: empty
  std::size_t size = 0, bytes = 0, eds = 0;
  std::uint64_t digest = 0;
};
using PagePtr = std::shared_ptr<const Page>;

class ResourceSet;
using ResourceSetPtr = std::shared_ptr<const ResourceSet>;

// What changes between two sets, sorted by name.
struct SetDiff {
  std::vector<ResourcePtr> updated;  // new or with another version
  std::vector<std::string> removed;
};

class ResourceSet {
 public:
  static constexpr std::size_t kPages = 16;
  static constexpr std::size_t kBuckets = kPages * Page::kBuckets;
  static std::size_t bucket_of(std::string_view name);

  const std::array<PagePtr, kPages>& pages() const { return pages_; }  // null: empty
  const Bucket* bucket(std::size_t i) const {                          // null: empty
    const auto& page = pages_[i / Page::kBuckets];
    return page ? page->buckets[i % Page::kBuckets].get() : nullptr;
  }
  const ResourcePtr* find(std::string_view name) const;
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return bytes_; }      // sum of delta() sizes
  std::size_t eds() const { return eds_; }          // clusters that Envoy asks for endpoints for
  std::uint64_t digest() const { return digest_; }  // of all names and versions: equal digests mean equal sets
  void for_each(const std::function<void(const ResourcePtr&)>& f) const;

 private:
  friend class Interner;
  std::array<PagePtr, kPages> pages_{};
  std::size_t size_ = 0, bytes_ = 0, eds_ = 0;
  std::uint64_t digest_ = 0;
};

SetDiff diff(const ResourceSet& from, const ResourceSet& to);

// Makes sets; equal buckets, pages and sets come out as the same object. Any thread (one mutex).
class Interner {
 public:
  ResourceSetPtr empty();
  ResourceSetPtr make(const std::vector<ResourcePtr>& resources);
  // `base` with `updated` put in (by name) and `removed` taken out.
  ResourceSetPtr edit(const ResourceSet& base, const std::vector<ResourcePtr>& updated, const std::vector<std::string>& removed);

 private:
  BucketPtr intern(std::vector<ResourcePtr> resources);
  PagePtr intern(Page page);
  ResourceSetPtr finish(std::shared_ptr<ResourceSet> set);
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::weak_ptr<const Bucket>> buckets_;
  std::unordered_map<std::uint64_t, std::weak_ptr<const Page>> pages_;
  std::unordered_map<std::uint64_t, std::weak_ptr<const ResourceSet>> sets_;
};

}  // namespace amime::translate
