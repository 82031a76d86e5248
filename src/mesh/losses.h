// Losses: what an edit would take from requests in force without naming it: endpoints that leave a port or a subset because
// it selects others now, a certificate that is not there yet. Pure functions; any thread.
#pragma once

#include <string>

#include "mesh/mesh.h"

namespace amime::mesh {

// What would be lost to an edit of an object that is in force, from `before` to `after`; empty: nothing. `next`: the mesh as
// it would be. What would be lost with the version before as well does not count; that is worked out only where something is
// missing.
//   Service          a port's endpoints, because EndpointSlices do not know its new name yet
//   DestinationRule  a subset's endpoints, because no pod has its new labels yet, while a route in force names it
//   Gateway          the certificate of a server's port, because there is no Secret of the new name yet
// Whether loss() has to be asked at all, which needs the mesh as it would be: that costs.
bool may_lose(const Object& before, const Object& after);
std::string loss(const Mesh& in_force, const Mesh& next, const ObjectPtr& before, const Object& after);

}  // namespace amime::mesh
