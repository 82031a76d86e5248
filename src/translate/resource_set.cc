#include "translate/resource_set.h"

#include <algorithm>
#include <map>

#include "base/hash.h"

namespace amime::translate {
namespace {

bool by_name(const ResourcePtr& a, const ResourcePtr& b) { return a->name < b->name; }

// Drops what nobody holds any more, now and then, so that the tables stay as large as what lives.
template <class Map>
void purge(Map& map, std::size_t floor) {
  if (map.size() < floor || (map.size() & (map.size() - 1)) != 0) return;
  std::erase_if(map, [](const auto& entry) { return entry.second.expired(); });
}

// Both buckets hold the names of one hash, sorted: one walk finds the differences.
void diff_buckets(const Bucket* from, const Bucket* to, SetDiff& out) {
  static const std::vector<ResourcePtr> none;
  const auto& old_ones = from ? from->resources() : none;
  const auto& new_ones = to ? to->resources() : none;
  auto o = old_ones.begin();
  for (const auto& resource : new_ones) {
    for (; o != old_ones.end() && (*o)->name < resource->name; ++o) out.removed.push_back((*o)->name);
    const bool known = o != old_ones.end() && (*o)->name == resource->name;
    if (!known || (*o)->version != resource->version) out.updated.push_back(resource);
    if (known) ++o;
  }
  for (; o != old_ones.end(); ++o) out.removed.push_back((*o)->name);
}

}  // namespace

Bucket::Bucket(std::vector<ResourcePtr> resources) : resources_(std::move(resources)), digest_(0) {
  for (const auto& resource : resources_) {
    digest_ = base::combine(digest_, resource->identity);
    bytes_ += resource->bytes->size();
    eds_ += resource->eds;
  }
}

const ResourcePtr* Bucket::find(std::string_view name) const {
  const auto at =
      std::lower_bound(resources_.begin(), resources_.end(), name, [](const ResourcePtr& r, std::string_view n) { return r->name < n; });
  return at != resources_.end() && (*at)->name == name ? &*at : nullptr;
}

std::size_t ResourceSet::bucket_of(std::string_view name) { return base::hash64(name) % kBuckets; }

const ResourcePtr* ResourceSet::find(std::string_view name) const {
  const Bucket* bucket = this->bucket(bucket_of(name));
  return bucket ? bucket->find(name) : nullptr;
}

void ResourceSet::for_each(const std::function<void(const ResourcePtr&)>& f) const {
  for (const auto& page : pages_) {
    if (!page) continue;
    for (const auto& bucket : page->buckets)
      if (bucket)
        for (const auto& resource : bucket->resources()) f(resource);
  }
}

SetDiff diff(const ResourceSet& from, const ResourceSet& to) {
  SetDiff out;
  for (std::size_t page = 0; page < ResourceSet::kPages; ++page) {
    if (from.pages()[page] == to.pages()[page]) continue;
    for (std::size_t i = page * Page::kBuckets; i < (page + 1) * Page::kBuckets; ++i)
      if (from.bucket(i) != to.bucket(i)) diff_buckets(from.bucket(i), to.bucket(i), out);
  }
  std::sort(out.updated.begin(), out.updated.end(), by_name);
  std::sort(out.removed.begin(), out.removed.end());
  return out;
}

ResourceSetPtr Interner::empty() { return make({}); }

ResourceSetPtr Interner::make(const std::vector<ResourcePtr>& resources) {
  static const ResourceSet nothing;
  return edit(nothing, resources, {});
}

ResourceSetPtr Interner::edit(const ResourceSet& base, const std::vector<ResourcePtr>& updated, const std::vector<std::string>& removed) {
  std::lock_guard lock(mutex_);
  auto next = std::make_shared<ResourceSet>(base);
  std::map<std::size_t, std::vector<ResourcePtr>> touched;  // by bucket, so that those of one page are neighbours
  auto contents = [&](std::string_view name) -> std::vector<ResourcePtr>& {
    const std::size_t i = ResourceSet::bucket_of(name);
    const auto [at, fresh] = touched.try_emplace(i);
    const Bucket* before = fresh ? base.bucket(i) : nullptr;
    if (before) at->second = before->resources();
    return at->second;
  };
  for (const auto& name : removed) std::erase_if(contents(name), [&](const ResourcePtr& r) { return r->name == name; });
  for (const auto& resource : updated) {
    auto& list = contents(resource->name);
    const auto at = std::lower_bound(list.begin(), list.end(), resource, by_name);
    if (at != list.end() && (*at)->name == resource->name) {
      *at = resource;
    } else {
      list.insert(at, resource);
    }
  }
  for (auto at = touched.begin(); at != touched.end();) {
    const std::size_t i = at->first / Page::kBuckets;
    Page page;
    if (base.pages_[i]) page.buckets = base.pages_[i]->buckets;
    for (; at != touched.end() && at->first / Page::kBuckets == i; ++at)
      page.buckets[at->first % Page::kBuckets] = intern(std::move(at->second));
    next->pages_[i] = intern(std::move(page));
  }
  return finish(std::move(next));
}

BucketPtr Interner::intern(std::vector<ResourcePtr> resources) {
  if (resources.empty()) return nullptr;
  auto made = std::make_shared<const Bucket>(std::move(resources));
  auto& slot = buckets_[made->digest()];
  if (auto held = slot.lock()) return held;
  slot = made;
  purge(buckets_, 1024);
  return made;
}

PagePtr Interner::intern(Page page) {
  for (std::size_t i = 0; i < Page::kBuckets; ++i) {
    const auto& bucket = page.buckets[i];
    if (!bucket) continue;
    page.size += bucket->resources().size();
    page.bytes += bucket->bytes();
    page.eds += bucket->eds();
    page.digest = base::combine(page.digest, base::combine(i, bucket->digest()));
  }
  if (page.size == 0) return nullptr;
  auto& slot = pages_[page.digest];
  if (auto held = slot.lock()) return held;
  auto made = std::make_shared<const Page>(std::move(page));
  slot = made;
  purge(pages_, 512);
  return made;
}

ResourceSetPtr Interner::finish(std::shared_ptr<ResourceSet> set) {
  set->size_ = set->bytes_ = set->eds_ = 0;
  set->digest_ = 0;
  for (std::size_t i = 0; i < ResourceSet::kPages; ++i) {
    const auto& page = set->pages_[i];
    if (!page) continue;
    set->size_ += page->size;
    set->bytes_ += page->bytes;
    set->eds_ += page->eds;
    set->digest_ = base::combine(set->digest_, base::combine(i, page->digest));
  }
  auto& slot = sets_[set->digest_];
  if (auto held = slot.lock()) return held;
  slot = set;
  purge(sets_, 256);
  return set;
}

}  // namespace amime::translate
