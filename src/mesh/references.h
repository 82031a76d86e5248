// References: what a VirtualService names and whether the mesh has it, for telling an edit that would break requests.
// Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "mesh/mesh.h"

namespace amime::mesh {

bool any_ready(const EndpointSet& set);

// What an object names and the mesh lacks: "service a.default.svc.cluster.local has no port 81". Equal texts mean the same
// thing, so two versions of an object can be compared. Sorted, each once. Objects of other kinds name nothing.
//   destinations   the service, its port, the subset (of a DestinationRule that the object's or the service's namespace
//                  follows), an endpoint of the subset where the service has endpoints at all
//   gateways       the Gateway objects;  delegates: the VirtualServices
std::vector<std::string> dangling(const Mesh& mesh, const Object& object);

// Whether the host's service has a ready endpoint with the labels of this subset, as clients of namespace `ns` see it; true
// where endpoints are the proxy's to find (DNS).
bool subset_has_endpoints(const Mesh& mesh, std::string_view host, std::string_view ns, std::string_view subset);

// Whether a VirtualService in force sends to this subset of the host ("" for port 0: any), or to this port (subset "").
bool in_use(const Mesh& mesh, std::string_view host, std::uint32_t port, std::string_view subset);

}  // namespace amime::mesh
