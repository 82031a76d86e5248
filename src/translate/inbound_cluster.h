// How listeners name the inbound clusters they send to.
#pragma once

#include <cstdint>

#include "translate/rule.h"

namespace amime::translate {

// The rule that makes `inbound|PORT||` for a port that the workload serves: the target port of a service, or the port
// number of a Sidecar's ingress listener. Whoever emits a filter chain for the port emits this key as a child.
RuleKey inbound_cluster_key(std::uint32_t target_port);

}  // namespace amime::translate
