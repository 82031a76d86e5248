// Which endpoints a client prefers by place: the effective locality load balancing of a destination, and what it makes of
// the endpoints' groups (priorities for failover, weights for distribution).
//
// From loadBalancer.localityLbSetting or zoneAwareLbSetting, else the Service's trafficDistribution, else MeshConfig.
// What the client is (locality, labels, node) is read only where the answer depends on it, so that proxies of all places
// share a load assignment that is the same for all. No protobuf here beyond reading the settings.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mesh/istio_fwd.h"
#include "mesh/model.h"
#include "translate/view.h"

namespace istio::networking::v1alpha3 {
class LoadBalancerSettings;
}

namespace amime::translate {

struct LocalityLb {
  enum class Kind : std::uint8_t { kNone, kLocality, kZoneAware };
  struct Distribute {
    std::string from;
    std::map<std::string, std::uint32_t, std::greater<>> to;  // descending: "*" is asked last
  };
  Kind kind = Kind::kNone;
  bool force = false;           // fails over without outlierDetection: the endpoints' health tells enough
  bool routing_enabled = true;  // zoneAwareLbSetting.enabled
  std::optional<std::uint32_t> min_cluster_size;
  std::vector<Distribute> distribute;
  std::vector<std::pair<std::string, std::string>> failover;  // from region, to region
  std::vector<std::string> failover_priority;                 // labels, or label=value
};

// `settings` (may be null) is the destination's loadBalancer.
LocalityLb locality_lb(const istio::networking::v1alpha3::LoadBalancerSettings* settings, const mesh::Service& service,
                       const istio::mesh::v1alpha1::MeshConfig& mesh_config);

// Whether the cluster has to honour the weights of localities (locality_weighted_lb_config).
bool weighs_localities(const LocalityLb& lb, bool outlier_detection);

// Endpoints of one locality and one priority. The members point into the EndpointSet they came from.
struct EndpointGroup {
  mesh::Locality locality;
  std::uint32_t weight = 0;
  std::uint32_t priority = 0;  // 0 is tried first
  std::vector<const mesh::Endpoint*> members;
};
std::uint32_t weight_of(const mesh::Endpoint& endpoint);  // 1 where none is set
void sum_weight(EndpointGroup& group);                    // weight = the members' weights, capped

// The value that Istio gives `label` on an endpoint: its workload's own, or what its place says for the topology labels.
std::string label_value(const mesh::Endpoint& endpoint, const std::string& label);

// Splits, orders, weighs and drops groups as `lb` says for the view's proxy.
void apply_locality_lb(View& view, const LocalityLb& lb, bool outlier_detection, std::vector<EndpointGroup>& groups);

}  // namespace amime::translate
