#include "delivery/alarms.h"

#include <gtest/gtest.h>

namespace amime::delivery {
namespace {

using std::chrono::milliseconds;

// Who was woken, in order.
class Morning {
 public:
  void note(int who) {
    {
      std::lock_guard lock(mutex_);
      order_.push_back(who);
    }
    woken_.notify_all();
  }
  std::vector<int> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, std::chrono::seconds(20), [&] { return order_.size() >= count; });
    return order_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  std::vector<int> order_;
};

class Guest : public Sleeper {
 public:
  Guest(int who, Morning& morning) : who_(who), morning_(morning) {}
  void on_alarm() override { morning_.note(who_); }

 private:
  const int who_;
  Morning& morning_;
};

TEST(Alarms, WakesInTheOrderOfTime) {
  Morning morning;
  std::vector<std::shared_ptr<Guest>> guests;
  Alarms alarms;
  const auto now = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i) guests.push_back(std::make_shared<Guest>(i, morning));
  alarms.set(now + milliseconds(2), guests[1]);
  alarms.set(now + milliseconds(3), guests[2]);
  alarms.set(now + milliseconds(1), guests[0]);
  alarms.start();
  EXPECT_EQ(morning.wait_for(3), (std::vector<int>{0, 1, 2}));
}

TEST(Alarms, AnEarlierOneIsSetWhileItWaitsForALaterOne) {
  Morning morning;
  const auto late = std::make_shared<Guest>(1, morning), early = std::make_shared<Guest>(0, morning);
  Alarms alarms;
  alarms.start();
  alarms.set(std::chrono::steady_clock::now() + std::chrono::hours(1), late);
  alarms.set(std::chrono::steady_clock::now() + milliseconds(1), early);
  EXPECT_EQ(morning.wait_for(1), std::vector<int>{0});
}

// What is waited for moves in memory while more is set: the address sanitizer looks on.
TEST(Alarms, ManyAreSetWhileItWaits) {
  Morning morning;
  std::vector<std::shared_ptr<Guest>> guests;
  Alarms alarms;
  alarms.start();
  for (int i = 0; i < 2000; ++i) {
    guests.push_back(std::make_shared<Guest>(i, morning));
    alarms.set(std::chrono::steady_clock::now() + std::chrono::microseconds(i % 7 * 100), guests.back());
    if (i % 50 == 0) morning.wait_for(static_cast<std::size_t>(i));
  }
  EXPECT_EQ(morning.wait_for(2000).size(), 2000U);
}

TEST(Alarms, WhoIsGoneIsNotWoken) {
  Morning morning;
  const auto stays = std::make_shared<Guest>(2, morning);
  Alarms alarms;
  const auto now = std::chrono::steady_clock::now();
  alarms.set(now, std::make_shared<Guest>(1, morning));
  alarms.set(now + milliseconds(1), stays);
  alarms.start();
  EXPECT_EQ(morning.wait_for(1), std::vector<int>{2});
}

TEST(Alarms, WhatIsSetAfterTheEndIsDropped) {
  Morning morning;
  const auto guest = std::make_shared<Guest>(1, morning);
  Alarms alarms;
  alarms.start();
  alarms.stop();
  alarms.set(std::chrono::steady_clock::now(), guest);
  EXPECT_TRUE(morning.wait_for(0).empty());
}

}  // namespace
}  // namespace amime::delivery
