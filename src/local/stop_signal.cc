#include "local/stop_signal.h"

#include <signal.h>

#include <cerrno>

namespace amime::local {
namespace {

sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);  // the terminal is gone
  return set;
}

}  // namespace

struct StopSignal::Old {
  sigset_t mask;
};

StopSignal::StopSignal() : old_(new Old) {
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, &old_->mask);
}
StopSignal::~StopSignal() {
  pthread_sigmask(SIG_SETMASK, &old_->mask, nullptr);
  delete old_;
}

int StopSignal::wait(std::chrono::milliseconds timeout) const {
  const sigset_t set = stop_set();
  const timespec limit{timeout.count() / 1000, (timeout.count() % 1000) * 1'000'000};
  const int signal = sigtimedwait(&set, nullptr, &limit);
  return signal > 0 ? signal : 0;
}

int StopSignal::wait() const {
  const sigset_t set = stop_set();
  int signal = 0;
  while ((signal = sigwaitinfo(&set, nullptr)) < 0 && errno == EINTR) {
  }
  return signal;
}

}  // namespace amime::local
