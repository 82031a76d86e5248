// Edge: what an agent offers to the Pod around it: the status server, and with DNS capture the DNS proxy. Both as Istio's injection
// asks for them by the environment.
//
// Owned by the command. start() and stop() on the main thread, set_names() on whichever the agent calls it.
#pragma once

#include <absl/status/status.h>

#include <memory>
#include <string_view>

#include "agent/options.h"

namespace amime::agent {

class Agent;

class Edge {
 public:
  Edge();
  ~Edge();
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  // `agent` outlives stop(). Fails where a port is in use, or the environment says what cannot be read.
  absl::Status start(const AgentOptions& options, const Environment& environment, Agent& agent);
  void stop();  // waits for the requests that are being answered; idempotent
  void set_names(std::string_view name_table);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace amime::agent
