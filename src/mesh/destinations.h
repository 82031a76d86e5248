// Which destinations a VirtualService names, one after another: the one walk for all who ask. Pure; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace istio::networking::v1alpha3 {
class Destination;
class HTTPRoute;
class VirtualService;
}  // namespace istio::networking::v1alpha3

namespace amime::mesh {

using DestinationVisit = std::function<void(const istio::networking::v1alpha3::Destination&)>;

// spec.http[]: routes and mirrors.
void each_destination(const istio::networking::v1alpha3::HTTPRoute& route, const DestinationVisit& visit);
// spec.tcp and spec.tls.
void each_l4_destination(const istio::networking::v1alpha3::VirtualService& spec, const DestinationVisit& visit);
// All of the above. What delegates name is not among it.
void each_destination(const istio::networking::v1alpha3::VirtualService& spec, const DestinationVisit& visit);

// NAMESPACE/NAME of spec.http[].delegate in a VirtualService of `root_ns`.
std::string delegate_name(const istio::networking::v1alpha3::HTTPRoute& route, std::string_view root_ns);

}  // namespace amime::mesh
