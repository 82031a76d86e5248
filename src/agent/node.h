// The Node by which Envoy, and so the agent, is known to a control plane: as Istio's agents write it. Pure; any thread.
#pragma once

#include <string>

#include "agent/options.h"
#include "identity/spiffe.h"

namespace amime::agent {

// TYPE~IP~POD.NAMESPACE~NAMESPACE.svc.DOMAIN
std::string node_id(const AgentOptions& options);
// envoy.config.core.v3.Node as JSON.
std::string node_json(const AgentOptions& options);
identity::Identity identity_of(const AgentOptions& options);

}  // namespace amime::agent
