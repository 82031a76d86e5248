// The floor: an ADS server that decides nothing. It replays a Recording to every stream from buffers prepared once and shared by all
// streams, each message as soon as the stream has sent the requests that the recorded one had waited for.
// gRPC's threads drive it; start_phase may be called from any thread.
#pragma once

#include <memory>
#include <string>

#include "swarm/recording.h"

namespace amime::bench {

class ReplayServer {
 public:
  virtual ~ReplayServer() = default;
  // All connected streams replay this phase from its beginning; streams that connect start with phase 0.
  virtual void start_phase(size_t phase) = 0;
};

// Throws std::runtime_error when it cannot listen on address.
std::unique_ptr<ReplayServer> start_replay_server(const std::string& address, const Recording& recording);

}  // namespace amime::bench
