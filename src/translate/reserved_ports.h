// Ports that a sidecar's own listeners hold on all addresses. Pure; any thread.
#pragma once

#include <cstdint>
#include <set>

namespace istio::mesh::v1alpha1 {
class MeshConfig;
}

namespace amime::translate {

std::uint32_t outbound_capture_port(const istio::mesh::v1alpha1::MeshConfig& mesh_config);  // proxyListenPort, 15001
std::uint32_t inbound_capture_port(const istio::mesh::v1alpha1::MeshConfig& mesh_config);   // proxyInboundListenPort, 15006
// The two above, and those of the agent's bootstrap: health (15021) and statistics (15090).
std::set<std::uint32_t> reserved_ports(const istio::mesh::v1alpha1::MeshConfig& mesh_config);

}  // namespace amime::translate
