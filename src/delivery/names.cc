#include "delivery/names.h"

#include <algorithm>
#include <random>

#include "base/hash.h"

namespace amime::delivery {

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

bool NameSet::contains(std::string_view name) const {
  const auto& bucket = buckets_[translate::ResourceSet::bucket_of(name)];
  return bucket && std::binary_search(bucket->begin(), bucket->end(), name, std::less<>());
}

void NameSet::for_each(const std::function<void(const std::string&)>& f) const {
  for (const auto& bucket : buckets_)
    if (bucket)
      for (const auto& name : *bucket) f(name);
}

NameSets::NameSets() : seed_(random_seed()), empty_(std::make_shared<NameSet>()) {}

std::uint64_t NameSets::hash(std::string_view name) const { return base::hash64(name, seed_); }

NameSetPtr NameSets::edit(const NameSetPtr& base, std::span<const std::string_view> add, std::span<const std::string_view> remove) {
  if (!remove.empty() && !add.empty()) return edit(edit(base, add, {}), {}, remove);
  // The digest of a set is the sum of its names' hashes, so the next set's is known without making it. A name given
  // twice gives a digest that no set has; build() notices, and the key becomes a second way to the right set.
  std::uint64_t key = base->digest();
  for (const auto name : add)
    if (base->empty() || !base->contains(name)) key += hash(name);
  for (const auto name : remove)
    if (base->contains(name)) key -= hash(name);
  if (key == base->digest()) return base;
  if (key == 0 && add.empty()) return empty_;
  if (auto found = find(key)) return found;
  auto made = build(*base, add, remove);
  if (made->digest() == base->digest()) return base;
  if (made->digest() != key)
    if (auto found = find(made->digest())) made = found;
  return keep(key, std::move(made));
}

NameSetPtr NameSets::find(std::uint64_t digest) {
  std::lock_guard lock(mutex_);
  const auto it = sets_.find(digest);
  return it == sets_.end() ? nullptr : it->second.lock();
}

NameSetPtr NameSets::build(const NameSet& base, std::span<const std::string_view> add, std::span<const std::string_view> remove) const {
  auto made = std::make_shared<NameSet>(base);
  std::array<std::shared_ptr<NameSet::Bucket>, translate::ResourceSet::kBuckets> edited{};
  const auto writable = [&](std::string_view name) -> NameSet::Bucket& {
    const auto i = translate::ResourceSet::bucket_of(name);
    if (!edited[i])
      edited[i] = base.buckets_[i] ? std::make_shared<NameSet::Bucket>(*base.buckets_[i]) : std::make_shared<NameSet::Bucket>();
    return *edited[i];
  };
  for (const auto name : add) {
    auto& bucket = writable(name);
    const auto at = std::lower_bound(bucket.begin(), bucket.end(), name);
    if (at != bucket.end() && *at == name) continue;
    bucket.emplace(at, name);
    ++made->size_;
    made->digest_ += hash(name);
  }
  for (const auto name : remove) {
    auto& bucket = writable(name);
    const auto at = std::lower_bound(bucket.begin(), bucket.end(), name);
    if (at == bucket.end() || *at != name) continue;
    bucket.erase(at);
    --made->size_;
    made->digest_ -= hash(name);
  }
  for (std::size_t i = 0; i < edited.size(); ++i) {
    if (!edited[i]) continue;
    edited[i]->shrink_to_fit();
    made->buckets_[i] = edited[i]->empty() ? nullptr : std::move(edited[i]);
  }
  return made;
}

NameSetPtr NameSets::keep(std::uint64_t key, NameSetPtr made) {
  std::lock_guard lock(mutex_);
  if (sets_.size() >= sweep_at_) {
    std::erase_if(sets_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<std::size_t>(64, 2 * sets_.size());
  }
  auto& slot = sets_[key];
  if (auto other = slot.lock()) return other;  // another stream was faster
  slot = made;
  sets_[made->digest()] = made;
  return made;
}

std::size_t NameSets::size() {
  std::lock_guard lock(mutex_);
  std::erase_if(sets_, [](const auto& entry) { return entry.second.expired(); });
  return sets_.size();
}

}  // namespace amime::delivery
