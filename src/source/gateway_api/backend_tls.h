// BackendTLSPolicy: TLS from gateways (and clients of the mesh) to a Service or ServiceEntry, as DestinationRules for its hosts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/status.h"

namespace amime::source::gateway_api {

struct BackendTlsResult {
  std::vector<mesh::ObjectPtr> derived;  // of the targets of which this policy is the oldest: with what the others say of their ports
  ObjectStatus status;
};
BackendTlsResult derive_backend_tls(Reads& reads, const mesh::ObjectPtr& policy);

// Why the Service's port cannot be reached the way a policy demands; empty: it can. Plain text in its place would be worse than no
// answer.
std::string unreachable_by_policy(Reads& reads, const mesh::Object& service, std::uint32_t port);

}  // namespace amime::source::gateway_api
