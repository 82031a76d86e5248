// EnvoyProcess: keeps one Envoy running: starts it, passes on what it says, starts it again when it ends, later each time.
//
// Owned by the agent, on its loop's thread, which must be the main thread (base/process.h).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/backoff.h"
#include "agent/loop.h"
#include "base/process.h"

namespace amime::agent {

class EnvoyProcess {
 public:
  struct Options {
    std::vector<std::string> argv;
    std::chrono::milliseconds first_wait{200}, longest_wait{10'000};
    std::chrono::seconds well{10};  // one that ran that long was not the fault of what it was started with
    int most_failures = 5;          // in a row, none of which ran that long; then it is given up
    int output = 2;                 // where what it says goes
  };
  EnvoyProcess(Loop& loop, Options options);
  ~EnvoyProcess();

  void start();
  // It is ended at once, and not started again. Tells on_end.
  void end(std::chrono::milliseconds grace);
  std::function<void(const std::string& how)> on_end;  // for good: given up, or as asked

  bool running() const { return process_ != nullptr; }
  unsigned restarts() const { return restarts_; }
  std::string problem() const { return problem_; }  // why it does not run

 private:
  void watch_end();
  void look();
  void forward();
  void unwatch();
  void ended();
  Loop& loop_;
  const Options options_;
  std::unique_ptr<base::Process> process_;
  Loop::Clock::time_point began_;
  std::string problem_;
  unsigned restarts_ = 0;
  Loop::TimerId timer_ = 0;
  int end_fd_ = -1;  // readable when the process has ended
  Backoff backoff_;
};

}  // namespace amime::agent
