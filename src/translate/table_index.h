// Indexes over what one egress listener shows, for planning a route table (table_plan.h). They hold views into the
// listener's services and VirtualServices and live no longer than it. Not shared between threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mesh/mesh.h"

namespace amime::translate {

// The services of a table by host. `port` 0: of a table of all ports.
class ServiceIndex {
 public:
  ServiceIndex(const mesh::EgressListener& egress, std::uint32_t port);

  const mesh::Service* find(std::string_view host) const;  // null: none that has the port
  const std::vector<const mesh::Service*>& all() const { return services_; }
  // For an ExternalName the host it stands for at last; every other host as it is. A loop stands for nothing: empty.
  std::string_view target_of(std::string_view host) const;
  const std::vector<const mesh::Service*>& aliases() const { return aliases_; }

 private:
  std::vector<const mesh::Service*> services_, aliases_;
  std::unordered_map<std::string_view, std::size_t> by_host_;
  std::unordered_map<std::string_view, const mesh::Service*> alias_by_host_;
};

// Which VirtualService routes a service: one with its very name, else the one with the closest wildcard; of equal hosts
// the first.
class VirtualServiceIndex {
 public:
  explicit VirtualServiceIndex(const mesh::EgressListener& egress);
  static constexpr std::uint32_t kNone = UINT32_MAX;
  std::uint32_t closest(std::string_view service_host) const;  // index into EgressListener::virtual_services

 private:
  std::unordered_map<std::string_view, std::uint32_t> exact_, wildcards_;
};

// A port whose connections are handled as HTTP: declared so, or found out by looking.
bool may_speak_http(const mesh::ServicePort& port);

}  // namespace amime::translate
