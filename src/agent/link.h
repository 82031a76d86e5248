// The seam between what the agent says on a stream and what carries it (gRPC, or a test). All of it happens on the agent's loop.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace amime::agent {

// One stream's way out. Owned by the carrier; outlives the Session that was made for it.
class Link {
 public:
  virtual ~Link() = default;
  virtual void send(std::string message) = 0;  // in order; queued without a bound of its own
  virtual void close(const absl::Status& status) = 0;
};

// What is done with what comes in on a stream that a client opened. Destroyed when the stream is over.
class Session {
 public:
  virtual ~Session() = default;
  virtual void on_message(std::string_view message) = 0;
};

}  // namespace amime::agent
