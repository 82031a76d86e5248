#include "agent/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

namespace amime::agent {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(Loop, RunsWhatIsPostedInOrderAndTimersWhenTheyAreDue) {
  Loop loop;
  std::vector<int> seen;
  loop.after(20ms, [&] { seen.push_back(3); });
  const auto cancelled = loop.after(1ms, [&] { seen.push_back(9); });
  loop.cancel(cancelled);
  std::thread other([&] {
    loop.post([&] { seen.push_back(1); });
    loop.post([&] { seen.push_back(2); });
  });
  EXPECT_TRUE(loop.run_until([&] { return seen.size() == 3; }, 5s));
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  EXPECT_FALSE(loop.run_until([] { return false; }, 5ms));
  other.join();
}

TEST(Loop, TellsWhatBecameReadableUntilItIsUnwatched) {
  Loop loop;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  int calls = 0;
  loop.watch(ends[0], [&] {
    ++calls;
    loop.unwatch(ends[0]);
    loop.stop();
  });
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  loop.run();
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(loop.run_until([&] { return calls > 1; }, 5ms));
  close(ends[0]), close(ends[1]);
}

}  // namespace
}  // namespace amime::agent
