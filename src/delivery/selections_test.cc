#include "delivery/selections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "delivery/fakes.h"

namespace amime::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::resource;
using translate::ResourceSetPtr;
using translate::Type;

class SelectionsTest : public ::testing::Test {
 protected:
  ResourceSetPtr set(const std::vector<std::string>& names, const std::string& content = "1", Type type = Type::kEndpoint) {
    std::vector<translate::ResourcePtr> resources;
    for (const auto& name : names) resources.push_back(resource(type, name, content));
    return selections.edit(selections.empty(), resources, {});
  }
  NameSetPtr named(const std::vector<std::string>& list) { return names.make(std::vector<std::string_view>(list.begin(), list.end())); }
  Selections selections;
  NameSets names;
};

TEST_F(SelectionsTest, WhatIsAllSelectedIsTheSetItself) {
  const auto all = set({"a", "b"});
  EXPECT_EQ(selections.select(all, {true, names.empty(), nullptr}), all);
  EXPECT_EQ(selections.select(all, {false, named({"a", "b", "c"}), nullptr}), all);
}

TEST_F(SelectionsTest, TablesSelectTheirHostsByTheLastSlash) {
  const auto hosts = set({"80/x", "a/b/x", "a/x", "lonely"}, "1", Type::kVirtualHost);
  EXPECT_EQ(selections.select(hosts, {false, names.empty(), named({"80", "a/b"})}), set({"80/x", "a/b/x"}, "1", Type::kVirtualHost));
  EXPECT_EQ(selections.select(hosts, {false, named({"lonely"}), named({"a"})}), set({"a/x", "lonely"}, "1", Type::kVirtualHost));
  EXPECT_THAT(*selections.tables(hosts), ::testing::UnorderedElementsAre("80", "a/b", "a", ""));
}

TEST_F(SelectionsTest, IncrementalSelectionEqualsFromScratch) {
  std::mt19937 random(3);
  std::vector<std::string> wanted_names;
  for (int i = 0; i < 60; i += 2) wanted_names.push_back("n" + std::to_string(i));
  const Filter filter{false, named(wanted_names), nullptr};
  ResourceSetPtr before = selections.empty(), selected = selections.select(before, filter);
  for (int step = 0; step < 200; ++step) {
    std::vector<translate::ResourcePtr> put;
    std::vector<std::string> out;
    for (int i = random() % 5; i > 0; --i)
      put.push_back(resource(Type::kEndpoint, "n" + std::to_string(random() % 60), std::to_string(random() % 3)));
    for (int i = random() % 3; i > 0; --i) out.push_back("n" + std::to_string(random() % 60));
    const auto now = selections.edit(before, put, out);
    selections.trim();
    const auto incremental = selections.select(now, filter, before, selected);
    selections.trim();
    ASSERT_EQ(incremental, selections.select(now, filter)) << step;
    before = now;
    selected = incremental;
  }
}

TEST_F(SelectionsTest, MoreNamesExtendASelection) {
  const auto all = set({"a", "b", "c"});
  const Filter one{false, named({"a"}), nullptr}, two{false, named({"a", "b", "x"}), nullptr};
  const auto selected = selections.select(all, one);
  const std::vector<std::string_view> added = {"b", "x"};
  const auto extended = selections.extend(selected, all, two, added);
  selections.trim();
  EXPECT_EQ(extended, selections.select(all, two));
}

TEST_F(SelectionsTest, MissingNamesAreThoseThatTheSelectionLacks) {
  const Filter filter{false, named({"a", "x", "b"}), nullptr};
  EXPECT_THAT(*selections.missing(selections.select(set({"a", "c"}), filter), filter), ElementsAre("b", "x"));
}

TEST_F(SelectionsTest, PossessionIsWhatIsClaimedInTheVersionOfNow) {
  const auto now = set({"a", "b", "c"});
  const auto version = [&](const char* name) { return base::hex64((*now->find(name))->version); };
  const std::vector<std::pair<std::string, std::string>> claims = {{"a", version("a")}, {"b", "old"}, {"z", "1"}, {"a", version("a")}};
  const auto has = selections.possession(Type::kEndpoint, now, claims);
  EXPECT_EQ(has->size(), 3u);
  EXPECT_FALSE((*has->find("a"))->unknown);
  EXPECT_TRUE((*has->find("b"))->unknown);
  EXPECT_TRUE((*has->find("z"))->unknown);
  const auto step = selections.step(has, now);
  EXPECT_EQ(step->difference().updated.size(), 2u) << "b and c";
  EXPECT_THAT(step->difference().removed, ElementsAre("z"));
  const std::vector<std::pair<std::string, std::string>> everything = {{"a", version("a")}, {"b", version("b")}, {"c", version("c")}};
  EXPECT_EQ(selections.possession(Type::kEndpoint, now, everything), now);
}

TEST_F(SelectionsTest, ClustersThatAreSentVoidTheirEndpoints) {
  const auto clusters = set({"a", "b"}, "1", Type::kCluster), next = selections.edit(clusters, {resource(Type::kCluster, "b", "2")}, {"a"});
  const auto endpoints = set({"a", "b", "c"});
  EXPECT_EQ(selections.without_endpoints(endpoints, selections.step(clusters, next)), set({"a", "c"}));
  EXPECT_EQ(selections.without_endpoints(endpoints, selections.step(next, next)), endpoints);
}

TEST_F(SelectionsTest, StepsAreSharedAndSoAreTheirBytes) {
  const auto from = set({"a"}), to = set({"a", "b"});
  const auto step = selections.step(from, to);
  EXPECT_EQ(selections.step(from, to), step);
  EXPECT_EQ(step->body(false), step->body(false));
  ASSERT_EQ(step->body(false)->slices().size(), 1u);
  EXPECT_EQ(step->body(false)->slices()[0].bytes.data(), (*to->find("b"))->bytes->data()) << "the resource's own bytes";
  EXPECT_EQ(selections.step(to, to)->body(false), nullptr);
}

TEST_F(SelectionsTest, WholeSetsShareTheirBuffersWhereTheyAreEqual) {
  std::vector<std::string> many;
  for (int i = 0; i < 3000; ++i) many.push_back("n" + std::to_string(i));
  const auto one = set(many, std::string(1000, 'x'));
  const auto other = selections.edit(one, {resource(Type::kEndpoint, "n7", "y")}, {});
  const auto first = selections.step(selections.empty(), one)->body(false),
             second = selections.step(selections.empty(), other)->body(false);
  EXPECT_LE(first->slices().size(), 64u);
  EXPECT_EQ(first->size(), one->bytes());
  std::size_t shared = 0;
  for (std::size_t i = 0; i < first->slices().size(); ++i) shared += first->slices()[i].owner == second->slices()[i].owner;
  EXPECT_EQ(shared + 1, first->slices().size());
}

TEST(Memo, ManyThreadsComputeOnce) {
  Memo<int> memo(64);
  std::atomic<int> computed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < 50; ++i)
        EXPECT_EQ(memo.get({i, 0, 0}, [&] { return ++computed, static_cast<int>(i); }), static_cast<int>(i));
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(computed, 50);
  memo.clear();
  EXPECT_EQ(memo.size(), 0u);
}

TEST(Memo, IsBounded) {
  Memo<int> memo(8);
  for (std::uint64_t i = 0; i < 100; ++i) memo.get({i, 0, 0}, [] { return 1; });
  EXPECT_LE(memo.size(), 8u);
}

}  // namespace
}  // namespace amime::delivery
