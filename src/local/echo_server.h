// EchoServer: echo applications on sockets. One server carries any number of listeners, each with an identity of its own,
// on a few threads (one a core); `amime echo` has one identity, `amime up` one a workload.
//
// Owned by whoever starts it; destroying it closes everything. All members may be called from any thread.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "local/echo_protocol.h"

namespace amime::local {

class EchoServer {
 public:
  explicit EchoServer(int threads = 0);  // 0: one a core
  ~EchoServer();
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  // Listens on ADDR:PORT (port 0: any) and returns the port. AlreadyExists: in use. Listeners that share `app` share its
  // counters.
  absl::StatusOr<std::uint16_t> listen(std::string_view address, EchoKind kind, std::shared_ptr<EchoApp> app);
  // Closes the listener of that address and port, and its connections.
  void close(std::string_view ip, std::uint16_t port);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace amime::local
