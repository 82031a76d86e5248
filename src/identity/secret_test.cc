#include "identity/secret.h"

#include <gtest/gtest.h>

namespace amime::identity {
namespace {

TEST(Secret, IsNotPrinted) { EXPECT_EQ(fmt::format("key {}", Secret("s3cret")), "key [redacted]"); }

TEST(Secret, IsAValue) {
  Secret a("short"), b(std::string(100, 'x'));
  Secret c = a;
  EXPECT_EQ(c, a);
  EXPECT_FALSE(a == b);
  c = std::move(b);
  EXPECT_EQ(c.reveal(), std::string(100, 'x'));
  EXPECT_EQ(a.reveal(), "short");
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, LeavesNothingWhereItWasMovedFrom) {
  Secret a("short");
  const char* place = a.reveal().data();
  Secret b = std::move(a);
  EXPECT_EQ(b.reveal(), "short");
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(std::string(place, 5), std::string(5, '\0'));
}

}  // namespace
}  // namespace amime::identity
