// SocketServer: gRPC on Unix sockets, for the one Envoy beside this agent: its secrets and its configuration.
//
// Owned by the agent. Start, stop and every Session on the loop's thread; gRPC's threads only hand over what they read.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/link.h"
#include "agent/loop.h"

namespace amime::agent {

class SocketServer {
 public:
  // The session of a new stream by "/package.Service/Method"; null: UNIMPLEMENTED. On the loop.
  using Open = std::function<std::unique_ptr<Session>(std::string_view method, Link& link)>;

  // Listens at all `paths` (0600; what was there is replaced). `loop` outlives it. Unavailable: why not.
  static absl::StatusOr<std::unique_ptr<SocketServer>> start(const std::vector<std::string>& paths, Loop& loop, Open open);
  // Ends all streams; turns the loop meanwhile, at most a second or two.
  ~SocketServer();

 private:
  class Impl;
  explicit SocketServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Whether somebody answers at a Unix socket: one of another program (SPIRE's agent), not one that was left behind.
bool is_alive_socket(const std::string& path);

}  // namespace amime::agent
