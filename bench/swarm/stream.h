// One Envoy's ADS stream over a connection of its own: bytes in, requests out, a Player in between. Messages are raw byte buffers.
// Created and started by a Swarm; gRPC's threads drive it, so its state is guarded. Lives until its call has ended.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "swarm/player.h"
#include "swarm/tally.h"

namespace amime::bench {

// Sees the traffic of one stream, in order, on gRPC's threads, with the stream's lock held: must be quick and must not call back.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  virtual void on_message(std::string_view message) = 0;
  virtual void on_request(const Request& request) = 0;
};

struct StreamOptions {
  std::string address;
  Protocol protocol = Protocol::delta;
  std::string node;
  Tally* tally = nullptr;              // not owned
  StreamObserver* observer = nullptr;  // not owned
  bool held = false;                   // requests are sent by release_one() only
};

class Stream {
 public:
  virtual ~Stream() = default;
  virtual void start() = 0;
  // Sends the oldest request that is held back; false when there is none.
  virtual bool release_one() = 0;
  // Ends the call and waits until gRPC has let go of it.
  virtual void stop() = 0;
};

std::unique_ptr<Stream> make_stream(StreamOptions options);

}  // namespace amime::bench
