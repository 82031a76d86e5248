#include "translate/resource_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amime::translate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ResourcePtr resource(const std::string& name, const std::string& content = "x") {
  return make_resource_of_bytes(Type::kEndpoint, name, content);
}

std::vector<std::string> names(const std::vector<ResourcePtr>& resources) {
  std::vector<std::string> out;
  for (const auto& r : resources) out.push_back(r->name);
  return out;
}

std::vector<ResourcePtr> many(int n) {
  std::vector<ResourcePtr> out;
  for (int i = 0; i < n; ++i) out.push_back(resource("r" + std::to_string(i)));
  return out;
}

TEST(ResourceSet, FindsWhatItWasMadeOf) {
  Interner interner;
  const auto set = interner.make(many(1000));
  EXPECT_EQ(set->size(), 1000u);
  ASSERT_NE(set->find("r999"), nullptr);
  EXPECT_EQ((*set->find("r999"))->name, "r999");
  EXPECT_EQ(set->find("r1000"), nullptr);
}

TEST(ResourceSet, EqualSetsAreOneObjectHoweverTheyWereMade) {
  Interner interner;
  auto forward = many(500);
  std::vector<ResourcePtr> backward(forward.rbegin(), forward.rend());
  const auto a = interner.make(forward);
  EXPECT_EQ(a, interner.make(backward));
  const auto more = interner.edit(*a, {resource("new")}, {});
  EXPECT_NE(more, a);
  EXPECT_EQ(interner.edit(*more, {}, {"new"}), a);
}

TEST(ResourceSet, DiffNamesWhatChanged) {
  Interner interner;
  const auto a = interner.make({resource("a"), resource("b"), resource("c")});
  const auto b = interner.edit(*a, {resource("b", "y"), resource("d")}, {"c"});
  const auto step = diff(*a, *b);
  EXPECT_THAT(names(step.updated), ElementsAre("b", "d"));
  EXPECT_THAT(step.removed, ElementsAre("c"));
  const auto back = diff(*b, *a);
  EXPECT_THAT(names(back.updated), ElementsAre("b", "c"));
  EXPECT_THAT(back.removed, ElementsAre("d"));
}

TEST(ResourceSet, EditOfOneSharesAllOtherBuckets) {
  Interner interner;
  const auto a = interner.make(many(2000));
  const auto b = interner.edit(*a, {resource("r7", "changed")}, {});
  int differing = 0;
  for (std::size_t i = 0; i < ResourceSet::kBuckets; ++i) differing += a->bucket(i) != b->bucket(i);
  EXPECT_EQ(differing, 1);
}

TEST(ResourceSet, RemovingWhatIsNotThereChangesNothing) {
  Interner interner;
  const auto a = interner.make({resource("a")});
  EXPECT_EQ(interner.edit(*a, {}, {"nobody"}), a);
  EXPECT_THAT(diff(*a, *a).updated, IsEmpty());
}

}  // namespace
}  // namespace amime::translate
