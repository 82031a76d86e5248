// StopSignal: SIGINT and SIGTERM as something to wait for.
//
// Make one before any thread is started: it blocks both signals in this thread, and threads inherit that. One at a time.
#pragma once

#include <chrono>

namespace amime::local {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();  // restores the mask
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // The signal's number, 0 after `timeout` without one.
  int wait(std::chrono::milliseconds timeout) const;
  int wait() const;

 private:
  struct Old;
  Old* old_;
};

}  // namespace amime::local
