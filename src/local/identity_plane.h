// Identity in `amime serve`: the certificate authority and its state, who may connect on the secure port, and the port's own
// certificate. Joins identity (which knows no gRPC) and delivery (which knows no certificates).
//
// Made, turned and destroyed by one thread; what port() hands out is called by gRPC's.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "delivery/secure_port.h"
#include "local/monitoring.h"

namespace amime::local {

class IdentityPlane {
 public:
  struct Options {
    std::string state_dir;    // ca/ (own roots), tokens/ (join tokens), serving/ (the port's key and certificate); all 0700
    std::string cacerts_dir;  // an authority that is plugged in; empty or without one: own roots
    std::string trust_domain;
    std::string jwt_rule;        // issuers whose tokens are proofs (token_issuers.h); empty: none
    std::string root_namespace;  // where istiod is said to run: istiod.ROOT_NAMESPACE.svc is the server's name
  };
  // Makes what is missing; `metrics` outlives it. Errors say which file, and what is wrong with it.
  static absl::StatusOr<std::unique_ptr<IdentityPlane>> start(const Options& options, base::MetricsRegistry& metrics,
                                                              std::chrono::system_clock::time_point now);
  ~IdentityPlane();

  delivery::SecurePort port() const;  // outlived by this
  ProvePage page_prover() const;      // likewise: who may look at /debug from elsewhere
  // Looks after files that change and certificates that grow old; cheap. What goes wrong is logged, once, and what was stays.
  void turn(std::chrono::system_clock::time_point now);

 private:
  struct Parts;
  explicit IdentityPlane(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace amime::local
