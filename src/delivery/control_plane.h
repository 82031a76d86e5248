// ControlPlane: delivery as one thing: the writer, what its streams share, and the ADS port. For `serve` and `up`.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "base/metrics.h"
#include "delivery/context.h"
#include "delivery/engine_source.h"
#include "delivery/secure_port.h"

namespace amime::delivery {

class GrpcServer;

class ControlPlane {
 public:
  struct Options {
    std::string xds_address = "127.0.0.1:15010";  // port 0: any
    std::string xds_token;                        // content of --xds-token-file; empty: none
    GateOptions gate;
    EngineSourceOptions source;
    Court::Judge judge;  // of what a proxy refused (court.h); null: nobody can be asked
  };
  // Binds the port; proxies may connect, and wait until the first hub().submit(). `metrics` outlives it. kUnavailable:
  // the port cannot be had.
  static absl::StatusOr<std::unique_ptr<ControlPlane>> start(const Options& options, base::MetricsRegistry& metrics);
  ~ControlPlane();  // shutdown()

  Hub& hub() { return hub_; }
  const Hub& hub() const { return hub_; }
  const Registry& registry() const { return registry_; }
  const Court& court() const { return court_; }
  // Where istioctl's questions for /debug pages are answered.
  DebugPages& debug_pages() { return pages_; }
  int xds_port() const;
  // A second port, where proxies prove who they are. Returns its number. Once; kUnavailable as above.
  absl::StatusOr<int> open_secure_port(const std::string& address, SecurePort port);
  // Ends all streams, then the writer; within 5 s.
  void shutdown();

 private:
  ControlPlane(const Options& options, base::MetricsRegistry& metrics);
  Stats stats_;
  Selections selections_;
  NameSets names_;
  Registry registry_;
  DebugPages pages_;
  Alarms alarms_;
  Hub hub_;
  Court court_;
  Context context_;
  ExtensionLists extensions_;
  std::unique_ptr<GrpcServer> server_, secure_server_;
};

}  // namespace amime::delivery
