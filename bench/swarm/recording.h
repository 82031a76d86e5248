// What a control plane sent to one proxy, and what each message waited for, so that another server can replay it from prepared
// buffers. One phase is the cold start, each further one a change. Saved as a file of length-delimited fields. A value; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "swarm/xds.h"

namespace amime::bench {

// How many requests of each type a proxy has sent since the phase began: [type][0] subscriptions, [type][1] answers (ACKs).
using RequestCounts = std::array<std::array<uint32_t, 2>, kTypes>;

bool covers(const RequestCounts& have, const RequestCounts& needed);

struct Step {
  RequestCounts needed{};  // requests that had been sent before this message came
  std::string message;
};

struct Phase {
  std::vector<Step> steps;
};

struct Recording {
  Protocol protocol = Protocol::delta;
  std::vector<Phase> phases;
};

// Throw std::runtime_error when the file cannot be written or read.
void save(const Recording& recording, const std::string& path);
Recording load(const std::string& path);

}  // namespace amime::bench
