// The mesh's own roots, for meshes that bring none: one file a root (certificate and key, 0600) in a directory of the state (0700).
//
// Who signs follows from the files and the time alone, so that nothing is lost or doubted after a crash, and replicas that
// share the directory agree: the newest root that has been trusted for the overlap, so that every workload has heard of it. A root is
// trusted from the day it is made until `drain` after its successor began to sign. One thread at a time.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <string>

#include "identity/authority.h"

namespace amime::identity {

class OwnRoots {
 public:
  struct Options {
    std::string dir;
    std::string organization = "cluster.local";  // the roots' subject: the trust domain, as with istiod
    std::chrono::seconds lifetime = std::chrono::hours(24) * 3650;
    std::chrono::seconds overlap = std::chrono::hours(24);     // workloads hear of roots when they renew: the usual TTL
    std::chrono::seconds drain = std::chrono::hours(24) * 90;  // the longest TTL
  };
  explicit OwnRoots(Options options) : options_(std::move(options)) {}

  // What signs and what is trusted at `now`. Makes the first root, and the next one when a fifth of the newest's life is left
  // (Istio: CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE). Errors name the file: one that others may read, one that cannot
  // be read as a certificate and its key; nothing is made in their place.
  absl::StatusOr<AuthorityFiles> at(Time now);

 private:
  struct Root;
  absl::StatusOr<std::vector<Root>> read() const;  // oldest first
  absl::Status make(Time now, std::size_t number);
  Options options_;
};

}  // namespace amime::identity
