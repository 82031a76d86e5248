#include "delivery/alarms.h"

#include <pthread.h>

namespace amime::delivery {
namespace {

void ring(const std::vector<std::weak_ptr<Sleeper>>& sleepers) {
  for (const auto& weak : sleepers)
    if (const auto sleeper = weak.lock()) sleeper->on_alarm();
}

}  // namespace

void Alarms::start() {
  thread_ = std::thread([this] { loop(); });
}

void Alarms::stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Alarms::set(SteadyTime time, std::weak_ptr<Sleeper> sleeper) {
  {
    std::lock_guard lock(mutex_);
    if (stop_) return;
    entries_.push({time, std::move(sleeper)});
  }
  wake_.notify_one();
}

std::vector<std::weak_ptr<Sleeper>> Alarms::take_due(SteadyTime now) {
  std::vector<std::weak_ptr<Sleeper>> due;
  for (; !entries_.empty() && entries_.top().time <= now; entries_.pop()) due.push_back(entries_.top().sleeper);
  return due;
}

void Alarms::loop() {
  pthread_setname_np(pthread_self(), "alarms");
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (entries_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const SteadyTime next = entries_.top().time;  // a copy: while this waits, entries move
    wake_.wait_until(lock, next);
    const auto due = take_due(std::chrono::steady_clock::now());
    lock.unlock();
    ring(due);
    lock.lock();
  }
}

}  // namespace amime::delivery
