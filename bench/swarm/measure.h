// One run of a swarm against one target: everybody connects at once, a while of silence, the planned changes one by one, and a
// tenth more proxies at the end. One thread drives it.
#pragma once

#include "swarm/figures.h"
#include "swarm/recorder.h"
#include "swarm/target.h"

namespace amime::bench {

struct MeasureOptions {
  int services = 0;
  int proxies = 0;
  Protocol protocol = Protocol::delta;
  std::chrono::seconds bound{600};            // for the cold start
  std::chrono::seconds change_bound{60};      // for each change
  std::chrono::milliseconds quiet{250};       // without a message: a change is over
  std::chrono::milliseconds calm_down{2000};  // before memory is read
  std::chrono::milliseconds idle{3000};       // over which idle CPU is measured
};

struct Measured {
  Figures figures;
  Recording recording;  // empty unless it was asked for
};

// Throws std::runtime_error when a stream breaks or a wait exceeds its bound.
Measured measure(Target& target, const std::vector<PlannedChange>& plan, const MeasureOptions& options, bool record);

}  // namespace amime::bench
