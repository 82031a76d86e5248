#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "translate/cluster_testing.h"

namespace amime::translate {
namespace {

using cluster_testing::cluster_with;
using envoy::config::cluster::v3::Cluster;

Cluster balanced(const std::string& settings) { return cluster_with(R"({"loadBalancer": )" + settings + "}"); }

TEST(LoadBalancer, Simple) {
  EXPECT_EQ(balanced("{}").lb_policy(), Cluster::LEAST_REQUEST);
  EXPECT_EQ(balanced(R"({"simple": "UNSPECIFIED"})").lb_policy(), Cluster::LEAST_REQUEST);
  EXPECT_EQ(balanced(R"({"simple": "LEAST_CONN"})").lb_policy(), Cluster::LEAST_REQUEST);
  EXPECT_EQ(balanced(R"({"simple": "LEAST_REQUEST"})").lb_policy(), Cluster::LEAST_REQUEST);
  EXPECT_EQ(balanced(R"({"simple": "RANDOM"})").lb_policy(), Cluster::RANDOM);
  EXPECT_EQ(balanced(R"({"simple": "ROUND_ROBIN"})").lb_policy(), Cluster::ROUND_ROBIN);
}

TEST(LoadBalancer, Warmup) {
  const auto least = balanced(R"({"warmup": {"duration": "30s"}})").least_request_lb_config().slow_start_config();
  EXPECT_EQ(least.slow_start_window().seconds(), 30);
  EXPECT_EQ(least.aggression().default_value(), 1.0);
  EXPECT_EQ(least.min_weight_percent().value(), 10.0);
  const auto round = balanced(R"({"simple": "ROUND_ROBIN", "warmup": {"duration": "30s", "aggression": 2.5, "minimumPercent": 20}})")
                         .round_robin_lb_config()
                         .slow_start_config();
  EXPECT_EQ(round.aggression().default_value(), 2.5);
  EXPECT_EQ(round.min_weight_percent().value(), 20.0);
}

TEST(LoadBalancer, OldWarmup) {
  const auto slow = balanced(R"({"simple": "ROUND_ROBIN", "warmupDurationSecs": "12s"})").round_robin_lb_config().slow_start_config();
  EXPECT_EQ(slow.slow_start_window().seconds(), 12);
  EXPECT_FALSE(slow.has_aggression());
}

TEST(LoadBalancer, RingHash) {
  const auto plain = balanced(R"({"consistentHash": {"httpHeaderName": "x"}})");
  EXPECT_EQ(plain.lb_policy(), Cluster::RING_HASH);
  EXPECT_FALSE(plain.has_ring_hash_lb_config());
  EXPECT_EQ(
      balanced(R"({"consistentHash": {"useSourceIp": true, "minimumRingSize": 99}})").ring_hash_lb_config().minimum_ring_size().value(),
      99u);
  EXPECT_EQ(balanced(R"({"consistentHash": {"useSourceIp": true, "ringHash": {"minimumRingSize": 77}}})")
                .ring_hash_lb_config()
                .minimum_ring_size()
                .value(),
            77u);
}

TEST(LoadBalancer, Maglev) {
  const auto cluster = balanced(R"({"consistentHash": {"useSourceIp": true, "maglev": {"tableSize": 65537}}})");
  EXPECT_EQ(cluster.lb_policy(), Cluster::MAGLEV);
  EXPECT_EQ(cluster.maglev_lb_config().table_size().value(), 65537u);
  EXPECT_FALSE(balanced(R"({"consistentHash": {"useSourceIp": true, "maglev": {}}})").has_maglev_lb_config());
}

TEST(LoadBalancer, WeighsLocalitiesOnlyWhereWeightsMeanSomething) {
  EXPECT_FALSE(
      balanced(R"({"localityLbSetting": {"failover": [{"from": "a", "to": "b"}]}})").common_lb_config().has_locality_weighted_lb_config());
  EXPECT_TRUE(balanced(R"({"localityLbSetting": {"distribute": [{"from": "a/*", "to": {"b/*": 100}}]}})")
                  .common_lb_config()
                  .has_locality_weighted_lb_config());
  EXPECT_FALSE(cluster_with(R"({"outlierDetection": {}})").common_lb_config().has_locality_weighted_lb_config());
  EXPECT_TRUE(cluster_with(R"({"outlierDetection": {}, "loadBalancer": {"localityLbSetting": {"failoverPriority": ["x"]}}})")
                  .common_lb_config()
                  .has_locality_weighted_lb_config());
}

TEST(LoadBalancer, ZoneAware) {
  EXPECT_EQ(
      balanced(R"({"zoneAwareLbSetting": {"minClusterSize": 4}})").common_lb_config().zone_aware_lb_config().min_cluster_size().value(),
      4u);
  const auto off = balanced(R"({"zoneAwareLbSetting": {"enabled": false}})").common_lb_config().zone_aware_lb_config();
  EXPECT_TRUE(off.has_routing_enabled());
  EXPECT_EQ(off.routing_enabled().value(), 0);
}

}  // namespace
}  // namespace amime::translate
