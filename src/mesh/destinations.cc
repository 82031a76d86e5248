#include "mesh/destinations.h"

#include "mesh/workload_index.h"
#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::mesh {

namespace api = istio::networking::v1alpha3;

void each_destination(const api::HTTPRoute& route, const DestinationVisit& visit) {
  for (const auto& to : route.route()) visit(to.destination());
  if (route.has_mirror()) visit(route.mirror());
  for (const auto& mirror : route.mirrors()) visit(mirror.destination());
}

void each_l4_destination(const api::VirtualService& spec, const DestinationVisit& visit) {
  for (const auto& route : spec.tcp())
    for (const auto& to : route.route()) visit(to.destination());
  for (const auto& route : spec.tls())
    for (const auto& to : route.route()) visit(to.destination());
}

void each_destination(const api::VirtualService& spec, const DestinationVisit& visit) {
  for (const auto& route : spec.http()) each_destination(route, visit);
  each_l4_destination(spec, visit);
}

std::string delegate_name(const api::HTTPRoute& route, std::string_view root_ns) {
  const auto& delegate = route.delegate();
  return join_name(delegate.namespace_().empty() ? root_ns : std::string_view(delegate.namespace_()), delegate.name());
}

}  // namespace amime::mesh
