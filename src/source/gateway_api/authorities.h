// caCertificateRefs: authorities in ConfigMaps and Secrets, as credentials for proxies.
#pragma once

#include <string>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/spec.h"

namespace amime::source::gateway_api {

struct Authorities {
  std::string credential;        // "configmap://NS/NAME" or "kubernetes-gateway://NS/NAME"; empty: there is a reason
  const char* reason = nullptr;  // in the words of condition ResolvedRefs of a listener
  std::string message;
};
// Those that an object refers to: key ca.crt (or cacert) of a ConfigMap or Secret. In another namespace only by a ReferenceGrant, and
// without one nothing is told of what is there.
Authorities resolve_authorities(Reads& reads, const mesh::ObjectKey& from, const Reference& ref);

// Credential of connections that must never come about (translate/upstream_tls.cc).
inline constexpr char kNoCredential[] = "invalid://";

}  // namespace amime::source::gateway_api
