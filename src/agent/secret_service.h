// SecretService: envoy.service.secret.v3.SecretDiscoveryService for the Envoy beside the agent, both kinds of streams. What changes is
// pushed; Envoy takes a new certificate for new connections and lets those it has be.
//
// Owned by the agent, outlives its sessions; on its loop's thread.
#pragma once

#include <memory>
#include <set>
#include <string_view>

#include "agent/link.h"
#include "agent/secrets.h"

namespace amime::agent {

inline constexpr std::string_view kStreamSecrets = "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets";
inline constexpr std::string_view kDeltaSecrets = "/envoy.service.secret.v3.SecretDiscoveryService/DeltaSecrets";

class SecretService {
 public:
  explicit SecretService(Secrets& secrets);
  std::unique_ptr<Session> open(Link& link, bool delta);

 private:
  class Stream;
  class Sotw;
  class Delta;
  Secrets& secrets_;
  std::set<Stream*> streams_;
};

}  // namespace amime::agent
