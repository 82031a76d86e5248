// Alarms: wakes sleepers (streams) at a time, for waits that end by time alone. One thread for all, which calls them without
// a lock; without start() nothing rings. Any thread may set one; who is gone by then is not woken.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "delivery/publication.h"

namespace amime::delivery {

class Sleeper {
 public:
  virtual ~Sleeper() = default;
  virtual void on_alarm() = 0;  // be short: the others wait
};

class Alarms {
 public:
  ~Alarms() { stop(); }
  void start();
  void stop();  // what is set is dropped
  void set(SteadyTime time, std::weak_ptr<Sleeper> sleeper);

 private:
  struct Entry {
    SteadyTime time;
    std::weak_ptr<Sleeper> sleeper;
    bool operator>(const Entry& other) const { return time > other.time; }
  };
  void loop();
  std::vector<std::weak_ptr<Sleeper>> take_due(SteadyTime now);  // with the lock

  std::mutex mutex_;
  std::condition_variable wake_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> entries_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace amime::delivery
