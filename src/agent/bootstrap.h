// What the agent starts its Envoy with. Pure but for write_bootstrap; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "agent/options.h"

namespace amime::agent {

// Envoy's bootstrap as JSON: ADS and SDS at the agent's sockets (`sds_socket` may be another program's), the admin interface,
// and the listeners for Envoy's statistics and for readiness, which ask the admin interface and the agent's status port.
std::string bootstrap_json(const AgentOptions& options);
// Writes it (0600) below the configuration directory and says where.
absl::StatusOr<std::string> write_bootstrap(const AgentOptions& options);
std::vector<std::string> envoy_arguments(const AgentOptions& options, const std::string& bootstrap_file);

}  // namespace amime::agent
