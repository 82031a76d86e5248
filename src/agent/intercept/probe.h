// Whether interception is in force: asked by an init container that waits for a CNI plugin to set it up.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>

namespace amime::agent {

struct ProbeOptions {
  std::uint16_t proxy_port = 15001, inbound_port = 15006;  // where captured connections arrive; free so far
  std::uint16_t probe_port = 15002;                        // where nobody listens
  std::chrono::milliseconds timeout{5'000};
  bool ipv6 = false;
};

// Connects to the probe port of an address of loopback other than the usual, until a connection arrives at one of the two others
// with that port as its original destination. Blocks, at most `timeout` (DeadlineExceeded: nothing is captured). Any thread.
absl::Status probe_interception(const ProbeOptions& options);

}  // namespace amime::agent
