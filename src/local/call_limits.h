// How often the secure port may be called: for certificates, which cost a signature, and for new streams, which cost a configuration.
// Made so that a thousand proxies that start at once, even behind one address, notice nothing. Owned by the identity plane; any thread.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <string>

#include "base/metrics.h"
#include "base/rate_limit.h"
#include "delivery/secure_port.h"

namespace amime::local {

class CallLimits {
 public:
  explicit CallLimits(base::MetricsRegistry& metrics);  // outlives this

  // ResourceExhausted, as istiod answers; counted. `address`: gRPC's, of which the port does not matter.
  absl::Status admit(delivery::CallKind kind, const std::string& address, std::chrono::steady_clock::time_point now);

 private:
  struct Limit {
    base::RateLimit rate;
    base::Counter& refused;
  };
  Limit streams_, certificates_;
};

}  // namespace amime::local
