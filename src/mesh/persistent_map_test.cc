#include "mesh/persistent_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace amime::mesh {
namespace {

using Model = std::map<std::string, int>;

Model contents(const PersistentMap<int>& map) {
  Model out;
  map.for_each([&](const std::string& key, int value) { EXPECT_TRUE(out.emplace(key, value).second) << key << " twice"; });
  return out;
}

TEST(PersistentMap, CopiesKeepWhatTheyHad) {
  PersistentMap<int> first;
  first.set("a", 1);
  first.set("b", 2);
  PersistentMap<int> second = first;
  second.set("a", 10);
  second.erase("b");
  second.set("c", 3);
  EXPECT_EQ(contents(first), (Model{{"a", 1}, {"b", 2}}));
  EXPECT_EQ(contents(second), (Model{{"a", 10}, {"c", 3}}));
}

TEST(PersistentMap, EraseOfWhatIsNotThereSaysSo) {
  PersistentMap<int> map;
  EXPECT_FALSE(map.erase("a"));
  map.set("a", 1);
  EXPECT_FALSE(map.erase("b"));
  EXPECT_TRUE(map.erase("a"));
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.find("a"), nullptr);
}

TEST(PersistentMap, ANestedMapIsCopiedThoughOnlyTheOuterOneIsShared) {
  PersistentMap<PersistentMap<int>> first;
  first.writable("ns").set("a", 1);
  auto second = first;
  second.writable("ns").set("a", 2);
  EXPECT_EQ(*first.find("ns")->find("a"), 1);
  EXPECT_EQ(*second.find("ns")->find("a"), 2);
}

// Against std::map, with many snapshots alive: each must stay what it was.
TEST(PersistentMap, RandomEditsOfManySnapshots) {
  std::mt19937 random(7);
  std::vector<std::pair<PersistentMap<int>, Model>> snapshots(1);
  for (int step = 0; step < 20000; ++step) {
    auto& [map, model] = snapshots[random() % snapshots.size()];
    std::string key = "key-" + std::to_string(random() % 3000);
    if (random() % 3) {
      map.set(key, step);
      model[key] = step;
    } else {
      EXPECT_EQ(map.erase(key), model.erase(key) > 0);
    }
    ASSERT_EQ(map.size(), model.size());
    if (step % 500 == 0 && snapshots.size() < 12) snapshots.push_back(snapshots[random() % snapshots.size()]);
  }
  for (const auto& [map, model] : snapshots) {
    EXPECT_EQ(contents(map), model);
    for (const auto& [key, value] : model) EXPECT_EQ(*map.find(key), value);
  }
}

}  // namespace
}  // namespace amime::mesh
