#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/locality_lb.h"
#include "translate/topology.h"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;

LocalityLb from_locality(const api::LocalityLoadBalancerSetting& setting) {
  LocalityLb lb;
  if (setting.has_enabled() && !setting.enabled().value()) return lb;
  lb.kind = LocalityLb::Kind::kLocality;
  for (const auto& rule : setting.distribute()) lb.distribute.push_back({rule.from(), {rule.to().begin(), rule.to().end()}});
  for (const auto& rule : setting.failover()) lb.failover.emplace_back(rule.from(), rule.to());
  lb.failover_priority.assign(setting.failover_priority().begin(), setting.failover_priority().end());
  return lb;
}

LocalityLb from_zone_aware(const api::ZoneAwareLoadBalancerSetting& setting) {
  LocalityLb lb;
  lb.kind = LocalityLb::Kind::kZoneAware;
  lb.routing_enabled = !setting.has_enabled() || setting.enabled().value();
  lb.force = lb.routing_enabled;
  if (setting.has_min_cluster_size()) lb.min_cluster_size = setting.min_cluster_size().value();
  for (const auto& rule : setting.failover()) lb.failover.emplace_back(rule.from(), rule.to());
  lb.failover_priority.assign(setting.failover_priority().begin(), setting.failover_priority().end());
  return lb;
}

// Service.spec.trafficDistribution: nearest first, spilling over by the endpoints' own health.
LocalityLb from_distribution(TrafficDistribution distribution) {
  LocalityLb lb;
  lb.kind = LocalityLb::Kind::kLocality;
  lb.force = true;
  lb.failover_priority = {std::string(kNetworkLabel), std::string(kRegionLabel), std::string(kZoneLabel)};
  if (distribution == TrafficDistribution::kSameNode) {
    lb.failover_priority.emplace_back(kSubzoneLabel);
    lb.failover_priority.emplace_back(kHostnameLabel);
  }
  return lb;
}

}  // namespace

LocalityLb locality_lb(const api::LoadBalancerSettings* settings, const mesh::Service& service,
                       const ::istio::mesh::v1alpha1::MeshConfig& mesh_config) {
  if (settings && settings->has_zone_aware_lb_setting()) return from_zone_aware(settings->zone_aware_lb_setting());
  if (settings && settings->has_locality_lb_setting()) return from_locality(settings->locality_lb_setting());
  const auto distribution = traffic_distribution(service);
  if (distribution != TrafficDistribution::kAny) return from_distribution(distribution);
  if (mesh_config.has_zone_aware_lb_setting()) return from_zone_aware(mesh_config.zone_aware_lb_setting());
  if (mesh_config.has_locality_lb_setting()) return from_locality(mesh_config.locality_lb_setting());
  return {};
}

}  // namespace amime::translate
