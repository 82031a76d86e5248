#include "mesh/auto_address.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace amime::mesh {
namespace {

std::string owner(int i) { return "ns/host-" + std::to_string(i) + ".example.com"; }

std::string first(const AutoAddresses& addresses, std::string_view owner) {
  const auto all = addresses.addresses(owner);
  return all.empty() ? "" : all.front();
}

std::map<std::string, std::string> layout(const AutoAddresses& addresses, int count) {
  std::map<std::string, std::string> out;
  for (int i = 0; i < count; ++i) out[owner(i)] = first(addresses, owner(i));
  return out;
}

TEST(AutoAddress, OneAddressAnOwnerUntilItsLastEntryIsGone) {
  AutoAddresses addresses;
  Names moved;
  addresses.claim("ns/a", "first", &moved);
  addresses.claim("ns/a", "second", &moved);
  EXPECT_EQ(moved, Names{"ns/a"});
  std::string address = first(addresses, "ns/a");
  EXPECT_TRUE(address.starts_with("240.240."));
  EXPECT_TRUE(addresses.addresses("ns/a").back().starts_with("2001:2::f0f0:"));
  addresses.release("ns/a", "first", &moved);
  EXPECT_EQ(first(addresses, "ns/a"), address);
  EXPECT_EQ(addresses.entries("ns/a"), Names{"second"});
  addresses.release("ns/a", "second", &moved);
  EXPECT_EQ(first(addresses, "ns/a"), "");
}

// Enough owners that many want one slot: the layout must not remember who came first or who has left.
TEST(AutoAddress, TheLayoutHasNoHistoryAndNoDuplicates) {
  constexpr int kOwners = 4000;
  std::mt19937 random(3);
  std::vector<int> order(kOwners);
  for (int i = 0; i < kOwners; ++i) order[i] = i;
  AutoAddresses straight, shuffled;
  Names moved;
  for (int i : order) straight.claim(owner(i), "e", &moved);
  std::shuffle(order.begin(), order.end(), random);
  for (int i : order) shuffled.claim(owner(i), "e", &moved);
  auto all = layout(straight, kOwners);
  EXPECT_EQ(all, layout(shuffled, kOwners));
  std::set<std::string> distinct;
  for (const auto& [name, address] : all) EXPECT_TRUE(distinct.insert(address).second) << address;

  for (int i = 0; i < kOwners / 2; ++i) shuffled.release(owner(order[i]), "e", &moved);
  AutoAddresses fresh;
  for (int i = kOwners / 2; i < kOwners; ++i) fresh.claim(owner(order[i]), "e", &moved);
  EXPECT_EQ(layout(fresh, kOwners), layout(shuffled, kOwners));
}

TEST(AutoAddress, WhoeverMovesIsNamed) {
  constexpr int kOwners = 1500;
  AutoAddresses addresses;
  Names all;
  for (int i = 0; i < kOwners; ++i) addresses.claim(owner(i), "e", &all);
  std::mt19937 random(5);
  for (int step = 0; step < 60; ++step) {
    auto before = layout(addresses, kOwners);
    std::string name = owner(static_cast<int>(random() % kOwners));
    Names moved;
    if (first(addresses, name).empty()) {
      addresses.claim(name, "e", &moved);
    } else {
      addresses.release(name, "e", &moved);
    }
    for (const auto& [who, address] : layout(addresses, kOwners))
      EXPECT_TRUE(before[who] == address || std::find(moved.begin(), moved.end(), who) != moved.end()) << who;
  }
}

}  // namespace
}  // namespace amime::mesh
