// GrpcServer: the ADS port. Carries streams over gRPC's generic callback API, so that shared bytes go out as slices
// without being copied or encoded again.
//
// Serves envoy.service.discovery.v3.AggregatedDiscoveryService, both methods, and what a secure port adds; anything else is
// UNIMPLEMENTED. In plaintext, or as a secure port.
// Start and shutdown from one thread; gRPC's own threads do the rest.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "delivery/context.h"
#include "delivery/secure_port.h"

namespace amime::delivery {

class GrpcServer {
 public:
  struct Options {
    std::string address;                       // "127.0.0.1:15010"; port 0: any
    std::string token;                         // of --xds-token-file: who shows it in plaintext may have secrets
    std::size_t max_request_bytes = 64 << 20;  // one request; names of subscriptions are what is long
    std::chrono::milliseconds grace{1000};     // how long shutdown() lets streams end by themselves
    std::optional<SecurePort> secure;          // nullopt: plaintext
  };
  // kUnavailable when the address cannot be bound (it says why). `context` outlives the server.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> start(const Options& options, Context& context);
  ~GrpcServer();  // shutdown()

  int port() const;
  // Closes all streams; returns after at most the grace and a moment. Stop the hub afterwards.
  void shutdown();

 private:
  class Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace amime::delivery
