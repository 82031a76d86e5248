// Publication: the newest catalog of a scope, as the writer hands it to the streams; and Convergence, which measures
// honestly how long a change took: until the last proxy that it concerned has ACKed it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "translate/engine.h"

namespace amime::delivery {

class Stats;

using SteadyTime = std::chrono::steady_clock::time_point;
using SystemTime = std::chrono::system_clock::time_point;

// One change on its way. Whoever still has to ACK it holds a reference; when the last one is dropped, the time since the
// change's arrival is recorded. A proxy that leaves drops its reference: it counts as gone. Any thread.
class Convergence {
 public:
  Convergence(SteadyTime arrived, Stats* stats) : arrived_(arrived), stats_(stats) {}
  ~Convergence();
  Convergence(const Convergence&) = delete;
  Convergence& operator=(const Convergence&) = delete;
  SteadyTime arrived() const { return arrived_; }
  void concern() { concerned_.store(true, std::memory_order_relaxed); }  // some proxy was sent something for it
  void reject() { rejected_.store(true, std::memory_order_relaxed); }    // some proxy refused it: it never converges
 private:
  const SteadyTime arrived_;
  Stats* const stats_;
  std::atomic<bool> concerned_{false}, rejected_{false};
};
using ConvergencePtr = std::shared_ptr<Convergence>;

struct Publication {
  std::uint64_t sequence = 0;                  // rises with every update of the writer; a stream takes no older one
  std::shared_ptr<const std::string> version;  // TIME/SEQUENCE, as Istio's versions look
  translate::CatalogPtr catalog;
  ConvergencePtr cause;      // null: nothing changed, the stream is new
  std::uint64_t ticket = 0;  // of the attachment that it is for: a stream that has attached anew takes nothing of before
};

// What receives publications: a stream. Called by the hub's fan-out threads, concurrently for different subscribers, in no
// order; the sequence tells which is newer.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  virtual void on_publication(const Publication& publication) = 0;
};

}  // namespace amime::delivery
