// Upstream: the one stream of configuration to a control plane: tried at each address in turn until one answers, and for ever.
//
// Owned by the agent; on its loop's thread.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace amime::agent {

class UpstreamEvents {
 public:
  virtual ~UpstreamEvents() = default;
  virtual void on_connected() = 0;  // a new stream: nothing of the one before counts; send() writes to it
  virtual void on_response(std::string_view message) = 0;
  // The next attempt follows by itself. `all`: no address has answered, all have been tried.
  virtual void on_lost(const absl::Status& why, bool all) = 0;
};

class Upstream {
 public:
  virtual ~Upstream() = default;
  virtual void start(UpstreamEvents& events) = 0;  // tries, until stop()
  virtual void stop() = 0;                         // no event follows
  virtual void send(std::string message) = 0;      // dropped while there is no stream
};

}  // namespace amime::agent
