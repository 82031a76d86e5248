#include "base/hash.h"

#include <gtest/gtest.h>

namespace amime::base {
namespace {

TEST(Hash, DependsOnContentAndSeed) {
  EXPECT_EQ(hash64("a"), hash64("a"));
  EXPECT_NE(hash64("a"), hash64("b"));
  EXPECT_NE(hash64("a", 1), hash64("a", 2));
}

TEST(Hash, CombineIsOrdered) { EXPECT_NE(combine(combine(0, 1), 2), combine(combine(0, 2), 1)); }

TEST(Hash, HexHasSixteenDigits) { EXPECT_EQ(hex64(0x1f), "000000000000001f"); }

}  // namespace
}  // namespace amime::base
