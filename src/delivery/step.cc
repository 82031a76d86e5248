#include "delivery/step.h"

#include <algorithm>

#include "base/hash.h"
#include "delivery/wire.h"

namespace amime::delivery {
namespace {

constexpr std::uint32_t kRemovedResources = 6;  // DeltaDiscoveryResponse.removed_resources
constexpr std::size_t kFewResources = 4;        // up to here a slice each; more are put into one buffer

void add_slice(std::vector<Slice>& slices, std::shared_ptr<const std::string> owner) {
  const std::string_view view = *owner;
  slices.push_back({std::move(owner), view});
}

std::vector<Slice> whole(const translate::ResourceSet& set, bool sotw, Chunks& chunks) {
  std::vector<Slice> slices;
  for (auto& chunk : chunks.of(set, sotw)) add_slice(slices, std::move(chunk));
  return slices;
}

std::string_view form(const translate::Resource& resource, bool sotw) { return sotw ? resource.sotw() : resource.delta(); }

std::vector<Slice> parts(const std::vector<translate::ResourcePtr>& resources, bool sotw) {
  std::vector<Slice> slices;
  if (resources.size() <= kFewResources) {
    for (const auto& resource : resources) slices.push_back({resource->bytes, form(*resource, sotw)});
    return slices;
  }
  auto joined = std::make_shared<std::string>();
  std::size_t size = 0;
  for (const auto& resource : resources) size += form(*resource, sotw).size();
  joined->reserve(size);
  for (const auto& resource : resources) joined->append(form(*resource, sotw));
  add_slice(slices, std::move(joined));
  return slices;
}

BodyPtr body_of(std::vector<Slice> slices) { return slices.empty() ? nullptr : std::make_shared<const Body>(std::move(slices)); }

}  // namespace

const translate::SetDiff& Step::difference() const {
  std::call_once(diff_once_, [&] { diff_ = translate::diff(*from_, *to_); });
  return diff_;
}

const std::vector<std::string>& Step::eds_names() const {
  std::call_once(names_once_, [&] {
    for (const auto& resource : difference().updated)
      if (resource->eds) eds_names_.push_back(resource->eds_name);
    std::sort(eds_names_.begin(), eds_names_.end());
    eds_names_.erase(std::unique(eds_names_.begin(), eds_names_.end()), eds_names_.end());
    for (const auto& name : eds_names_) eds_digest_ = base::combine(eds_digest_, base::hash64(name));
  });
  return eds_names_;
}

std::uint64_t Step::eds_digest() const {
  eds_names();
  return eds_digest_;
}

const BodyPtr& Step::body(bool sotw) const {
  std::call_once(body_once_[sotw], [&] { bodies_[sotw] = make_body(sotw); });
  return bodies_[sotw];
}

const BodyPtr& Step::whole_sotw() const {
  std::call_once(whole_once_, [&] { whole_ = body_of(whole(*to_, true, *chunks_)); });
  return whole_;
}

BodyPtr Step::make_body(bool sotw) const {
  if (from_->size() == 0) return body_of(whole(*to_, sotw, *chunks_));  // needs no list of what differs
  std::uint64_t digest = 0;
  for (const auto& resource : difference().updated) digest = base::combine(digest, resource->identity);
  if (!sotw)
    for (const auto& name : difference().removed) digest = base::combine(digest, base::hash64(name));
  return bodies_made_->get({digest, difference().updated.size(), sotw}, [&] { return difference_body(sotw); });
}

BodyPtr Step::difference_body(bool sotw) const {
  auto slices = parts(difference().updated, sotw);
  if (!sotw && !difference().removed.empty()) {
    auto removed = std::make_shared<std::string>();
    for (const auto& name : difference().removed) append_bytes(*removed, kRemovedResources, name);
    add_slice(slices, std::move(removed));
  }
  return body_of(std::move(slices));
}

}  // namespace amime::delivery
