// The endpoints of a cluster: which of a service's endpoints a client may use, grouped, and written as Envoy has them.
// Shared by EDS (endpoint.cc) and by clusters that carry their endpoints (DNS).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/model.h"
#include "translate/locality_lb.h"

namespace envoy::config::core::v3 {
class Address;
}
namespace envoy::config::endpoint::v3 {
class ClusterLoadAssignment;
}
namespace istio::networking::v1alpha3 {
class Subset;
}

namespace amime::translate {

bool is_ip(const std::string& text);  // IPv4 or IPv6, without brackets or zone

// IP and port, or "unix:///path" / "unix://@name" (the port is ignored).
void set_address(envoy::config::core::v3::Address& address, std::string_view host, std::uint32_t port);

// The usable endpoints of `service` with the labels of `subset` (null: all), grouped by locality, sorted by it.
// `names`: host names are addresses too (DNS clusters); else they are left out, as Envoy's EDS cannot resolve them.
std::vector<EndpointGroup> group_endpoints(const mesh::Service& service, const mesh::EndpointSet& endpoints,
                                           const istio::networking::v1alpha3::Subset* subset, bool names);

void write_groups(const std::vector<EndpointGroup>& groups, envoy::config::endpoint::v3::ClusterLoadAssignment& assignment);

}  // namespace amime::translate
