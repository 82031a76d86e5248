#include "delivery/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace amime::delivery {
namespace {

using Views = std::vector<std::string_view>;

std::set<std::string> content(const NameSet& set) {
  std::set<std::string> names;
  set.for_each([&](const std::string& name) { names.insert(name); });
  return names;
}

TEST(NameSets, SameNamesAreOneObjectWhateverTheOrderOrTheWayThere) {
  NameSets sets;
  const auto abc = sets.make(Views{"a", "b", "c"});
  EXPECT_EQ(sets.make(Views{"c", "a", "b"}), abc);
  EXPECT_EQ(sets.edit(sets.make(Views{"a"}), Views{"b", "c"}, {}), abc);
  EXPECT_EQ(sets.edit(sets.make(Views{"a", "b", "c", "d"}), {}, Views{"d"}), abc);
  EXPECT_EQ(sets.edit(sets.make(Views{"a", "d"}), Views{"b", "c"}, Views{"d"}), abc);
  EXPECT_EQ(abc->size(), 3u);
  EXPECT_TRUE(abc->contains("b"));
  EXPECT_FALSE(abc->contains("d"));
}

TEST(NameSets, NamesGivenTwiceCountOnce) {
  NameSets sets;
  const auto ab = sets.make(Views{"a", "b"});
  EXPECT_EQ(sets.make(Views{"a", "b", "a"}), ab);
  EXPECT_EQ(sets.make(Views{"a", "b", "a"}), ab) << "the second time by the other key";
  EXPECT_EQ(sets.edit(ab, Views{"b", "b"}, {}), ab);
  EXPECT_EQ(sets.edit(ab, {}, Views{"b", "b"}), sets.make(Views{"a"}));
  EXPECT_EQ(sets.edit(ab, {}, Views{"x", "x"}), ab);
}

TEST(NameSets, EmptyIsOneObject) {
  NameSets sets;
  EXPECT_EQ(sets.make({}), sets.empty());
  EXPECT_EQ(sets.edit(sets.make(Views{"a"}), {}, Views{"a"}), sets.empty());
}

TEST(NameSets, LetsGoOfSetsThatNobodyHolds) {
  NameSets sets;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = std::to_string(i);
    sets.make(Views{name});
  }
  EXPECT_EQ(sets.size(), 0u);
}

TEST(NameSets, RandomEditsAgreeWithAPlainSet) {
  std::mt19937 random(7);
  NameSets sets;
  NameSetPtr ours = sets.empty();
  std::set<std::string> plain;
  std::vector<NameSetPtr> kept;
  for (int step = 0; step < 500; ++step) {
    std::vector<std::string> add(random() % 6), remove(random() % 4);
    for (auto& name : add) name = "n" + std::to_string(random() % 40);
    for (auto& name : remove) name = "n" + std::to_string(random() % 40);
    ours = sets.edit(ours, Views(add.begin(), add.end()), Views(remove.begin(), remove.end()));
    plain.insert(add.begin(), add.end());
    for (const auto& name : remove) plain.erase(name);
    kept.push_back(ours);
    ASSERT_EQ(content(*ours), plain) << step;
    ASSERT_EQ(ours->size(), plain.size());
    ASSERT_EQ(sets.make(Views(plain.begin(), plain.end())), ours);
  }
}

}  // namespace
}  // namespace amime::delivery
