#include "translate/reserved_ports.h"

#include "mesh/v1alpha1/config.pb.h"

namespace amime::translate {

using istio::mesh::v1alpha1::MeshConfig;

std::uint32_t outbound_capture_port(const MeshConfig& mesh_config) {
  return mesh_config.proxy_listen_port() > 0 ? static_cast<std::uint32_t>(mesh_config.proxy_listen_port()) : 15001;
}
std::uint32_t inbound_capture_port(const MeshConfig& mesh_config) {
  return mesh_config.proxy_inbound_listen_port() > 0 ? static_cast<std::uint32_t>(mesh_config.proxy_inbound_listen_port()) : 15006;
}
std::set<std::uint32_t> reserved_ports(const MeshConfig& mesh_config) {
  return {outbound_capture_port(mesh_config), inbound_capture_port(mesh_config), 15021, 15090};
}

}  // namespace amime::translate
