// The endpoints of a cluster: which of a service's endpoints a client may use, grouped, and written as Envoy has them.
// Shared by EDS (endpoint.cc) and by clusters that carry their endpoints (DNS).
#pragma once

#include <vector>

#include "mesh/model.h"
#include "translate/locality_lb.h"
#include "translate/policy.h"

namespace envoy::config::endpoint::v3 {
class ClusterLoadAssignment;
}
namespace istio::networking::v1alpha3 {
class Subset;
}

namespace amime::translate {

// Whether Envoy is told of endpoints that are not ready (as UNHEALTHY). They get no traffic, because panic mode is off
// (outlier.cc), but their number tells when to spill over to another place. Not where outlierDetection.minHealthPercent
// switches panic mode on.
bool sends_unready(const mesh::Service& service, const TrafficSettings& settings);

// The usable endpoints of `service` with the labels of `subset` (null: all), grouped by locality, sorted by it.
// `unready`: see sends_unready(). `names`: host names are addresses too (DNS clusters); else they are left out, as Envoy's EDS cannot
// resolve them. Service.spec.internalTrafficPolicy Local keeps to the proxy's own node, which is read only then.
std::vector<EndpointGroup> group_endpoints(View& view, const mesh::Service& service, const mesh::EndpointSet& endpoints,
                                           const istio::networking::v1alpha3::Subset* subset, bool names, bool unready);

// `finds_out_tls`: the cluster's clients are told which endpoints take mutual TLS (authn/client_tls.h).
void write_groups(View& view, const std::vector<EndpointGroup>& groups, bool finds_out_tls,
                  envoy::config::endpoint::v3::ClusterLoadAssignment& assignment);

}  // namespace amime::translate
