#include "envoy/config/cluster/v3/cluster.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/cluster_parts.h"

// Old rules still say warmupDurationSecs and consistentHash.minimumRingSize.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;
using BalancerSettings = api::LoadBalancerSettings;
using SlowStart = ::envoy::config::cluster::v3::Cluster_SlowStartConfig;

bool warms_up(const BalancerSettings& settings) { return settings.has_warmup() || settings.has_warmup_duration_secs(); }

// loadBalancer.warmup, else the older warmupDurationSecs: new endpoints get their share little by little.
void set_slow_start(const BalancerSettings& settings, SlowStart& to) {
  if (!settings.has_warmup()) {
    *to.mutable_slow_start_window() = settings.warmup_duration_secs();
    return;
  }
  const auto& from = settings.warmup();
  *to.mutable_slow_start_window() = from.duration();
  to.mutable_aggression()->set_default_value(from.has_aggression() ? from.aggression().value() : 1.0);
  to.mutable_aggression()->set_runtime_key("(");  // a key is required; nobody can set this one
  to.mutable_min_weight_percent()->set_value(from.has_minimum_percent() ? from.minimum_percent().value() : 10.0);
}

void set_simple(const BalancerSettings& settings, EnvoyCluster& cluster) {
  switch (settings.simple()) {
    case BalancerSettings::RANDOM: cluster.set_lb_policy(EnvoyCluster::RANDOM); return;
    case BalancerSettings::ROUND_ROBIN:
      cluster.set_lb_policy(EnvoyCluster::ROUND_ROBIN);
      if (warms_up(settings)) set_slow_start(settings, *cluster.mutable_round_robin_lb_config()->mutable_slow_start_config());
      return;
    default:  // LEAST_REQUEST, LEAST_CONN, and Istio's choice where nothing is said
      cluster.set_lb_policy(EnvoyCluster::LEAST_REQUEST);
      if (warms_up(settings)) set_slow_start(settings, *cluster.mutable_least_request_lb_config()->mutable_slow_start_config());
  }
}

// The ring or table. What is hashed is the route's affair.
void set_consistent_hash(const BalancerSettings::ConsistentHashLB& hash, EnvoyCluster& cluster) {
  if (hash.has_maglev()) {
    cluster.clear_lb_config();
    cluster.set_lb_policy(EnvoyCluster::MAGLEV);
    if (hash.maglev().table_size() != 0) cluster.mutable_maglev_lb_config()->mutable_table_size()->set_value(hash.maglev().table_size());
    return;
  }
  cluster.clear_lb_config();
  cluster.set_lb_policy(EnvoyCluster::RING_HASH);
  // The deprecated consistentHash.minimumRingSize counts where no ringHash is given; 1024 is Envoy's own default.
  const auto size = hash.has_ring_hash() ? hash.ring_hash().minimum_ring_size() : hash.minimum_ring_size();
  if (size != 0) cluster.mutable_ring_hash_lb_config()->mutable_minimum_ring_size()->set_value(size);
}

void set_locality_config(const LocalityLb& locality, EnvoyCluster& cluster) {
  if (weighs_localities(locality, cluster.has_outlier_detection())) {
    cluster.mutable_common_lb_config()->mutable_locality_weighted_lb_config();
  } else if (locality.kind == LocalityLb::Kind::kZoneAware) {
    auto* zones = cluster.mutable_common_lb_config()->mutable_zone_aware_lb_config();
    if (!locality.routing_enabled) zones->mutable_routing_enabled()->set_value(0);
    if (locality.min_cluster_size) zones->mutable_min_cluster_size()->set_value(*locality.min_cluster_size);
  }
}

}  // namespace

void apply_load_balancer(const TrafficSettings& settings, const LocalityLb& locality, EnvoyCluster& cluster) {
  if (cluster.type() == EnvoyCluster::ORIGINAL_DST) {
    cluster.set_lb_policy(EnvoyCluster::CLUSTER_PROVIDED);
    return;
  }
  set_locality_config(locality, cluster);
  const BalancerSettings& balancer = settings.load_balancer ? *settings.load_balancer : BalancerSettings::default_instance();
  set_simple(balancer, cluster);
  if (balancer.has_consistent_hash()) set_consistent_hash(balancer.consistent_hash(), cluster);
}

}  // namespace amime::translate
