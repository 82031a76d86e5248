#include "agent/loop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace amime::agent {

Loop::Loop() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
Loop::~Loop() { close(wake_); }

void Loop::post(Task task) {
  {
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  if (write(wake_, &one, sizeof one) < 0) return;  // full: it is awake
}

Loop::TimerId Loop::after(std::chrono::milliseconds delay, Task task) {
  timers_.emplace(Clock::now() + delay, Timer{++last_timer_, std::move(task)});
  return last_timer_;
}

void Loop::cancel(TimerId id) {
  const auto it = std::find_if(timers_.begin(), timers_.end(), [&](const auto& entry) { return entry.second.id == id; });
  if (it != timers_.end()) timers_.erase(it);
}

void Loop::watch(int fd, Task task) { watched_[fd] = std::move(task); }
void Loop::unwatch(int fd) { watched_.erase(fd); }

bool Loop::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!done()) {
    if (Clock::now() >= end) return false;
    turn(end);
  }
  return true;
}

void Loop::run() {
  for (stopped_ = false; !stopped_;) turn(Clock::now() + std::chrono::seconds(60));
}

void Loop::turn(Clock::time_point latest) {
  if (!timers_.empty()) latest = std::min(latest, timers_.begin()->first);
  std::vector<pollfd> polled{{wake_, POLLIN, 0}};
  for (const auto& [fd, task] : watched_) polled.push_back({fd, POLLIN, 0});
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(latest - Clock::now()).count();
  poll(polled.data(), polled.size(), static_cast<int>(std::max<std::int64_t>(0, wait)));
  if (polled[0].revents) {
    std::uint64_t ignored = 0;
    if (read(wake_, &ignored, sizeof ignored) > 0) run_posted();
  }
  for (const auto& entry : polled) {
    const auto it = watched_.find(entry.fd);
    if (entry.revents == 0 || it == watched_.end()) continue;
    const Task task = it->second;  // it may unwatch itself
    task();
  }
  run_due();
}

void Loop::run_posted() {
  std::vector<Task> tasks;
  {
    std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (const auto& task : tasks) task();
}

void Loop::run_due() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const Task task = std::move(timers_.begin()->second.task);
    timers_.erase(timers_.begin());
    task();
  }
}

}  // namespace amime::agent
