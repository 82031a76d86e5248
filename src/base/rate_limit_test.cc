#include "base/rate_limit.h"

#include <gtest/gtest.h>

namespace amime::base {
namespace {

using namespace std::chrono_literals;

const RateLimit::Instant kBegin{1000s};

int admitted(RateLimit& limit, std::string_view peer, int times, RateLimit::Instant now) {
  int out = 0;
  for (int i = 0; i < times; ++i) out += limit.admit(peer, now);
  return out;
}

TEST(RateLimit, ABurstThenTheRate) {
  RateLimit limit({1000, 1000}, {2, 5});
  EXPECT_EQ(admitted(limit, "a", 10, kBegin), 5);
  EXPECT_EQ(admitted(limit, "a", 10, kBegin + 499ms), 0);
  EXPECT_EQ(admitted(limit, "a", 10, kBegin + 500ms), 1);
  EXPECT_EQ(admitted(limit, "a", 10, kBegin + 1500ms), 2);
  EXPECT_EQ(admitted(limit, "a", 10, kBegin + 1h), 5) << "no more than a burst, however long the rest";
  EXPECT_EQ(admitted(limit, "a", 10, kBegin), 0) << "time that goes back gives nothing";
}

TEST(RateLimit, ALoudPeerTakesNothingFromTheOthers) {
  RateLimit limit({0, 10}, {0, 5});
  EXPECT_EQ(admitted(limit, "loud", 100, kBegin), 5);
  EXPECT_EQ(admitted(limit, "quiet", 3, kBegin), 3);
  EXPECT_EQ(admitted(limit, "third", 3, kBegin), 2) << "all together have ten";
}

TEST(RateLimit, RemembersAFewPeersOnly) {
  RateLimit limit({1e6, 1e6}, {1, 3}, 2);
  EXPECT_EQ(admitted(limit, "a", 3, kBegin) + admitted(limit, "b", 3, kBegin), 6);
  EXPECT_EQ(admitted(limit, "c", 2, kBegin) + admitted(limit, "d", 2, kBegin), 3) << "there is no room: they share";
  EXPECT_EQ(limit.peers(), 2u);
  EXPECT_EQ(admitted(limit, "e", 9, kBegin + 3s), 3) << "the first have rested";
  EXPECT_EQ(limit.peers(), 1u);
  for (int i = 0; i < 1000; ++i) limit.admit(std::to_string(i), kBegin + 3s);
  EXPECT_EQ(limit.peers(), 2u);
}

}  // namespace
}  // namespace amime::base
