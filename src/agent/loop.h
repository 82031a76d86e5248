// Loop: what an agent does, it does on one thread: what it is told (post), what is due (after), what became readable (watch).
//
// Owned by whoever runs the agent. post() from any thread; everything else on the thread that runs it. What is called must not block
// for long: an Envoy waits for its secrets.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

namespace amime::agent {

class Loop {
 public:
  using Task = std::function<void()>;
  using Clock = std::chrono::steady_clock;
  using TimerId = std::uint64_t;  // never 0

  Loop();
  ~Loop();  // tasks that were posted and not run are dropped
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void post(Task task);
  TimerId after(std::chrono::milliseconds delay, Task task);
  void cancel(TimerId id);  // also of one that ran already, or 0
  void cancel_all() { timers_.clear(); }
  // Calls `task` while `fd` is readable, or was closed at its other end.
  void watch(int fd, Task task);
  void unwatch(int fd);

  // Runs until `done()`, looked at after each turn, or the deadline. What done() returned last.
  bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit);
  // Runs until stop(), which may be called from a task.
  void run();
  void stop() { stopped_ = true; }

 private:
  struct Timer {
    TimerId id;
    Task task;
  };
  void turn(Clock::time_point latest);
  void run_posted();
  void run_due();
  int wake_;
  bool stopped_ = false;
  TimerId last_timer_ = 0;
  std::multimap<Clock::time_point, Timer> timers_;
  std::map<int, Task> watched_;
  std::mutex mutex_;
  std::vector<Task> posted_;
};

}  // namespace amime::agent
