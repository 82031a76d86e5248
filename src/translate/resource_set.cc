#include "translate/resource_set.h"

#include <algorithm>

#include "base/hash.h"

namespace amime::translate {
namespace {

std::uint64_t identity(const Resource& resource) {
  return base::combine(base::combine(static_cast<std::uint64_t>(resource.type), base::hash64(resource.name)), resource.version);
}

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
    digest_ = base::combine(digest_, identity(*resource));
    bytes_ += resource->bytes->size();
  }
}

std::shared_ptr<const std::string> Bucket::joined(bool sotw) const {
  std::lock_guard lock(mutex_);
  auto& kept = joined_[sotw];
  if (auto held = kept.lock()) return held;
  auto made = std::make_shared<std::string>();
  made->reserve(bytes_);
  for (const auto& resource : resources_) made->append(sotw ? resource->sotw() : resource->delta());
  kept = made;
  return made;
}

const ResourcePtr* Bucket::find(std::string_view name) const {
  const auto at =
      std::lower_bound(resources_.begin(), resources_.end(), name, [](const ResourcePtr& r, std::string_view n) { return r->name < n; });
  return at != resources_.end() && (*at)->name == name ? &*at : nullptr;
}

std::size_t ResourceSet::bucket_of(std::string_view name) { return base::hash64(name) % kBuckets; }

const ResourcePtr* ResourceSet::find(std::string_view name) const {
  const auto& bucket = buckets_[bucket_of(name)];
  return bucket ? bucket->find(name) : nullptr;
}

void ResourceSet::for_each(const std::function<void(const ResourcePtr&)>& f) const {
  for (const auto& bucket : buckets_)
    if (bucket)
      for (const auto& resource : bucket->resources()) f(resource);
}

SetDiff diff(const ResourceSet& from, const ResourceSet& to) {
  SetDiff out;
  for (std::size_t i = 0; i < ResourceSet::kBuckets; ++i)
    if (from.buckets()[i] != to.buckets()[i]) diff_buckets(from.buckets()[i].get(), to.buckets()[i].get(), out);
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
  std::unordered_map<std::size_t, std::vector<ResourcePtr>> touched;
  auto contents = [&](std::string_view name) -> std::vector<ResourcePtr>& {
    const std::size_t i = ResourceSet::bucket_of(name);
    const auto [at, fresh] = touched.try_emplace(i);
    if (fresh && base.buckets_[i]) at->second = base.buckets_[i]->resources();
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
  for (auto& [i, list] : touched) next->buckets_[i] = intern(std::move(list));
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

ResourceSetPtr Interner::finish(std::shared_ptr<ResourceSet> set) {
  set->size_ = set->bytes_ = 0;
  set->digest_ = 0;
  for (std::size_t i = 0; i < ResourceSet::kBuckets; ++i) {
    const auto& bucket = set->buckets_[i];
    if (!bucket) continue;
    set->size_ += bucket->resources().size();
    set->bytes_ += bucket->bytes();
    set->digest_ = base::combine(set->digest_, base::combine(i, bucket->digest()));
  }
  auto& slot = sets_[set->digest_];
  if (auto held = slot.lock()) return held;
  slot = set;
  purge(sets_, 256);
  return set;
}

}  // namespace amime::translate
