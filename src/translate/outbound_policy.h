// Where a sidecar's traffic goes that no service takes: Sidecar.outboundTrafficPolicy, else MeshConfig's. One rule's run.
#pragma once

#include <string>

#include "translate/view.h"

namespace amime::translate {

// PassthroughCluster (ALLOW_ANY), the cluster of the policy's egressProxy, or BlackHoleCluster (REGISTRY_ONLY).
std::string unknown_traffic_cluster(View& view);

}  // namespace amime::translate
