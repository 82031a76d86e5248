// What the DestinationRules of a destination say for one port and one subset: which settings are in force there.
//
// Istio's rules of precedence: a port-level policy (trafficPolicy.portLevelSettings) replaces the destination-level one as
// a whole; a subset's policy overrides it setting by setting (a subset's port-level policy again as a whole); MeshConfig's
// defaultTrafficPolicy fills a connectionPool or outlierDetection that the DestinationRule leaves out.
// Read through View only, so clusters, routes (hash policies) and listeners (idle timeouts) agree. Values; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "mesh/istio_fwd.h"
#include "mesh/model.h"
#include "translate/view.h"

namespace istio::networking::v1alpha3 {
class ClientTLSSettings;
class ConnectionPoolSettings;
class LoadBalancerSettings;
class OutlierDetection;
class Subset;
class TrafficPolicy_ProxyProtocol;
class TrafficPolicy_RetryBudget;
class TrafficPolicy_TunnelSettings;
}  // namespace istio::networking::v1alpha3

namespace amime::translate {

// The settings in force; null where nobody says anything. Points into the DestinationRule (or MeshConfig) it was made of.
struct TrafficSettings {
  const istio::networking::v1alpha3::ConnectionPoolSettings* connection_pool = nullptr;
  const istio::networking::v1alpha3::LoadBalancerSettings* load_balancer = nullptr;
  const istio::networking::v1alpha3::OutlierDetection* outlier_detection = nullptr;
  const istio::networking::v1alpha3::ClientTLSSettings* tls = nullptr;
  const istio::networking::v1alpha3::TrafficPolicy_TunnelSettings* tunnel = nullptr;
  const istio::networking::v1alpha3::TrafficPolicy_ProxyProtocol* proxy_protocol = nullptr;
  const istio::networking::v1alpha3::TrafficPolicy_RetryBudget* retry_budget = nullptr;
};

// One destination's policy, with what keeps the settings alive.
struct EffectivePolicy {
  mesh::DestinationPolicyPtr policy;  // null: no DestinationRule applies
  TrafficSettings settings;
};

// The policy for `port` (the service's port number) and `subset` (empty: the whole destination) of `host`. A subset that
// the rule does not have gets the destination's settings. Reads kDestination HOST and kMeshConfig.
EffectivePolicy effective_policy(View& view, std::string_view host, std::uint32_t port, std::string_view subset);

// The pieces of the above, for callers that have the rule already (`rule` may be null).
TrafficSettings settings_of_policy(const istio::networking::v1alpha3::TrafficPolicy* policy, std::uint32_t port);
TrafficSettings settings_of_rule(const istio::networking::v1alpha3::DestinationRule* rule,
                                 const istio::mesh::v1alpha1::MeshConfig* mesh_config, std::uint32_t port, std::string_view subset);
const istio::networking::v1alpha3::Subset* find_subset(const istio::networking::v1alpha3::DestinationRule* rule, std::string_view subset);

}  // namespace amime::translate
