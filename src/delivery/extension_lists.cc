#include "delivery/extension_lists.h"

#include <vector>

#include "base/hash.h"
#include "delivery/names.h"
#include "delivery/wire.h"
#include "translate/type_urls.h"

namespace amime::delivery {
namespace {

constexpr std::size_t kMostEntries = 8192, kMostBytes = 1u << 20;
// Of envoy.config.core.v3.Extension.
constexpr std::uint32_t kName = 1, kDisabled = 5, kTypeUrls = 6;

// Adds the types of one entry; false: it has none.
bool read_entry(std::string_view entry, std::vector<std::string_view>* names) {
  const std::size_t before = names->size();
  std::string_view name;
  bool disabled = false;
  WireReader reader(entry);
  while (reader.next()) {
    if (reader.field() == kName) name = reader.bytes();
    if (reader.field() == kDisabled) disabled = reader.number() != 0;
    if (reader.field() == kTypeUrls) names->push_back(translate::type_of(reader.bytes()));
  }
  if (disabled) names->resize(before);
  if (disabled || names->size() > before) return !disabled;
  names->push_back(name);
  return false;
}

mesh::ExtensionsPtr read(std::span<const std::string_view> entries) {
  std::vector<std::string_view> names;
  bool types = false;
  for (const auto entry : entries) types = read_entry(entry, &names) || types;
  return types ? std::make_shared<const mesh::Extensions>(names) : nullptr;
}

}  // namespace

ExtensionLists::ExtensionLists() : seed_(random_seed()) {}

mesh::ExtensionsPtr ExtensionLists::find(std::span<const std::string_view> entries) {
  std::size_t bytes = 0;
  std::uint64_t sum = entries.size();
  for (const auto entry : entries) {
    bytes += entry.size();
    sum += base::combine(seed_, base::hash64(entry, seed_));
  }
  if (entries.empty() || entries.size() > kMostEntries || bytes > kMostBytes) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto known = lists_.find(sum);
  if (known != lists_.end())
    if (auto held = known->second.lock()) return held;
  auto made = read(entries);
  if (!made) return nullptr;
  // New builds are rare, so is this.
  std::erase_if(lists_, [](const auto& list) { return list.second.expired(); });
  lists_[sum] = made;
  return made;
}

std::size_t ExtensionLists::size() {
  const std::lock_guard lock(mutex_);
  std::size_t alive = 0;
  for (const auto& [sum, list] : lists_) alive += !list.expired();
  return alive;
}

}  // namespace amime::delivery
