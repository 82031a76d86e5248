// Ending: how a proxy goes: its clients are told, a while passes, or the last of them leave; then it may be ended.
//
// Owned by the agent, on its loop's thread.
#pragma once

#include <chrono>
#include <functional>

#include "agent/envoy_admin.h"
#include "agent/loop.h"

namespace amime::agent {

class Ending {
 public:
  struct Options {
    std::string admin_address;  // of Envoy
    int status_port = 0, stats_port = 0;
    bool inbound_only = true;                           // of a sidecar: its application may still call others
    std::chrono::milliseconds termination_drain{5000};  // terminationDrainDuration
    bool exit_on_zero_connections = false;              // EXIT_ON_ZERO_ACTIVE_CONNECTIONS: then this, and until none is left
    std::chrono::milliseconds minimum_drain{5000};      // MINIMUM_DRAIN_DURATION
    std::chrono::milliseconds look_every{1000};
  };
  // `over`: Envoy may be ended. Called once.
  Ending(Loop& loop, Options options, std::function<void()> over);
  ~Ending() { loop_.cancel(timer_); }

  void drain();    // and serves on; begin() has nothing left to do then
  void begin();    // SIGTERM
  void at_once();  // /quitquitquit, or a second SIGTERM
  bool begun() const { return begun_; }
  bool drained() const { return drained_; }

 private:
  void tell_clients(bool stay);
  void count();
  void finish();
  Loop& loop_;
  const Options options_;
  const EnvoyAdmin admin_;
  std::function<void()> over_;
  bool drained_ = false, begun_ = false;
  int failures_ = 0;
  Loop::TimerId timer_ = 0;
};

}  // namespace amime::agent
