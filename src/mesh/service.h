// Makes the Services of the mesh's vocabulary from Kubernetes Services and ServiceEntries. Pure functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mesh/mesh_config.h"
#include "mesh/model.h"

namespace amime::mesh {

// `ns`: the Namespace object, or null; its annotations are defaults for trafficDistribution.
ServicePtr service_of(const Object& service, const Settings& settings, const ObjectPtr& ns);

// One service a host. `auto_addresses` gives the addresses allocated to a host of this namespace.
using AutoAddressesOf = std::function<std::vector<std::string>(const std::string& host)>;
std::vector<ServicePtr> services_of_entry(const Object& entry, const Settings& settings, const ObjectPtr& ns,
                                          const AutoAddressesOf& auto_addresses);

// The hosts of a ServiceEntry that get addresses (auto_address.h): those without addresses of their own, unless the
// destination is the dialled address (resolution NONE), the host a wildcard, or the user opted out.
std::vector<std::string> hosts_without_address(const Object& entry);

// Istio's order of services: oldest first, then name (of a ServiceEntry: the host), then namespace.
bool older_service(const Service& a, const Service& b);
std::uint64_t service_digest(const Service& service);  // of everything but `digest`

}  // namespace amime::mesh
