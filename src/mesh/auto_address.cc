#include "mesh/auto_address.h"

#include <fmt/format.h>

#include <vector>

#include "base/hash.h"

namespace amime::mesh {
namespace {

// 240.240.0.1 to 240.240.255.254, without .0 and .255 of each 256: they look like a network's and a broadcast address.
constexpr std::uint32_t kPerBlock = 254;
constexpr std::uint32_t kSlots = 256 * kPerBlock;

std::uint32_t home(std::string_view owner) { return static_cast<std::uint32_t>(base::hash64(owner) % kSlots); }
std::uint32_t after(std::uint32_t slot) { return slot + 1 == kSlots ? 0 : slot + 1; }

}  // namespace

std::vector<std::string> AutoAddresses::addresses(std::string_view owner) const {
  const std::uint32_t* slot = slots_.find(owner);
  if (!slot) return {};
  const std::uint32_t block = *slot / kPerBlock, host = 1 + *slot % kPerBlock;
  return {fmt::format("240.240.{}.{}", block, host), fmt::format("2001:2::f0f0:{:x}", block * 256 + host)};
}

void AutoAddresses::put(std::uint32_t slot, std::string owner, Names* moved) {
  slots_.set(owner, slot);
  moved->push_back(owner);
  owners_.set(std::to_string(slot), std::move(owner));
}

void AutoAddresses::insert(std::string owner, Names* moved) {
  if (owners_.size() >= kSlots) return;
  for (std::uint32_t slot = home(owner);; slot = after(slot)) {
    const std::string* found = at(slot);
    if (!found) return put(slot, std::move(owner), moved);
    if (*found < owner) continue;
    std::string evicted = *found;
    put(slot, std::move(owner), moved);
    owner = std::move(evicted);
  }
}

void AutoAddresses::claim(std::string_view owner, std::string_view entry, Names* moved) {
  bool first = claims_.find(owner).empty();
  claims_.add(owner, entry);
  if (first) insert(std::string(owner), moved);
}

void AutoAddresses::release(std::string_view owner, std::string_view entry, Names* moved) {
  claims_.remove(owner, entry);
  const std::uint32_t* found = slots_.find(owner);
  if (!found || !claims_.find(owner).empty()) return;
  // Those who stand behind the gap may have been pushed there: they are seated anew.
  std::vector<std::string> behind;
  std::uint32_t slot = *found;
  for (std::uint32_t next = after(slot); at(next); next = after(next)) behind.push_back(*at(next));
  for (std::uint32_t next = slot; at(next); next = after(next)) owners_.erase(std::to_string(next));
  slots_.erase(owner);
  moved->emplace_back(owner);
  Names seated;
  for (auto& other : behind) {
    std::uint32_t before = *slots_.find(other);
    insert(other, &seated);
    if (*slots_.find(other) != before) moved->push_back(other);
  }
  moved->insert(moved->end(), seated.begin(), seated.end());
}

}  // namespace amime::mesh
