#include "translate/locality_lb.h"

#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "translate/cluster_testing.h"

namespace amime::translate {
namespace {

using cluster_testing::layout;
using cluster_testing::World;
namespace mt = mesh::testing;

// Pods in east/a (two), east/b, west/a of service s; the client runs in east/a.
std::vector<mesh::ObjectPtr> places() {
  return {mt::node("ea", "east", "a"),
          mt::node("eb", "east", "b"),
          mt::node("wa", "west", "a"),
          mt::pod("default", "client", "10.9.9.9", {{"app", "client"}, {"rack", "r1"}}, {}, "ea"),
          mt::pod("default", "p1", "10.0.0.1", {{"app", "s"}, {"rack", "r1"}}, {"http:8080"}, "ea"),
          mt::pod("default", "p2", "10.0.0.2", {{"app", "s"}, {"rack", "r2"}}, {"http:8080"}, "ea"),
          mt::pod("default", "p3", "10.0.0.3", {{"app", "s"}, {"rack", "r1"}}, {"http:8080"}, "eb"),
          mt::pod("default", "p4", "10.0.0.4", {{"app", "s"}, {"rack", "r1"}}, {"http:8080"}, "wa"),
          mt::service("default", "s", "10.96.0.1", {"http:80:8080"}, {{"app", "s"}}),
          mt::endpoint_slice("default", "s-1", "s", {"http:8080"},
                             {mt::endpoint("10.0.0.1", "p1"), mt::endpoint("10.0.0.2", "p2"), mt::endpoint("10.0.0.3", "p3"),
                              mt::endpoint("10.0.0.4", "p4")})};
}

mesh::ProxyFacts client() { return mt::proxy("default", "client", "10.9.9.9", {{"app", "client"}, {"rack", "r1"}}); }

constexpr const char* kSubject = "80||s.default.svc.cluster.local";

std::string with_policy(const std::string& policy) {
  auto objects = places();
  objects.push_back(mt::destination_rule("default", "s", R"({"host": "s", "trafficPolicy": )" + policy + "}"));
  World world(objects, client());
  return layout(world.endpoints(kSubject));
}

TEST(LocalityLb, OnePriorityWithoutOutlierDetection) {
  World world(places(), client());
  EXPECT_EQ(layout(world.endpoints(kSubject)), "0/2: 10.0.0.1 10.0.0.2; 0/1: 10.0.0.3; 0/1: 10.0.0.4; ");
  EXPECT_FALSE(world.run(cluster_endpoints, kSubject).read(Ask::kProxyLocality));  // shared by clients of all places
}

TEST(LocalityLb, OutlierDetectionFailsOverByDistance) {
  EXPECT_EQ(with_policy(R"({"outlierDetection": {}})"), "0/2: 10.0.0.1 10.0.0.2; 1/1: 10.0.0.3; 2/1: 10.0.0.4; ");
}

TEST(LocalityLb, DisabledMeansOnePriority) {
  EXPECT_EQ(with_policy(R"({"outlierDetection": {}, "loadBalancer": {"localityLbSetting": {"enabled": false}}})"),
            "0/2: 10.0.0.1 10.0.0.2; 0/1: 10.0.0.3; 0/1: 10.0.0.4; ");
}

TEST(LocalityLb, FailoverPutsUnnamedRegionsLast) {
  auto objects = places();
  objects.push_back(mt::node("na", "north", "a"));
  objects.push_back(mt::pod("default", "p5", "10.0.0.5", {{"app", "s"}}, {"http:8080"}, "na"));
  objects.push_back(mt::endpoint_slice("default", "s-2", "s", {"http:8080"}, {mt::endpoint("10.0.0.5", "p5")}));
  objects.push_back(mt::destination_rule(
      "default", "s",
      R"({"host": "s", "trafficPolicy": {"outlierDetection": {}, "loadBalancer": {"localityLbSetting": {"failover": [{"from": "east", "to": "west"}]}}}})"));
  World world(objects, client());
  EXPECT_EQ(layout(world.endpoints(kSubject)), "0/2: 10.0.0.1 10.0.0.2; 1/1: 10.0.0.3; 3/1: 10.0.0.5; 2/1: 10.0.0.4; ");
  EXPECT_TRUE(world.cluster(kSubject).common_lb_config().has_locality_weighted_lb_config());
}

TEST(LocalityLb, DistributeWeighsPlacesAndDropsTheRest) {
  EXPECT_EQ(
      with_policy(R"({"loadBalancer": {"localityLbSetting": {"distribute": [{"from": "east/*", "to": {"east/a": 75, "west/*": 25}}]}}})"),
      "0/75: 10.0.0.1 10.0.0.2; 0/25: 10.0.0.4; ");
}

TEST(LocalityLb, DistributeSharesAWildcardByWeight) {
  EXPECT_EQ(
      with_policy(R"({"loadBalancer": {"localityLbSetting": {"distribute": [{"from": "east/a", "to": {"east/*": 90, "west/*": 10}}]}}})"),
      "0/60: 10.0.0.1 10.0.0.2; 0/30: 10.0.0.3; 0/10: 10.0.0.4; ");
}

TEST(LocalityLb, DistributeFromElsewhereChangesNothing) {
  EXPECT_EQ(with_policy(R"({"loadBalancer": {"localityLbSetting": {"distribute": [{"from": "west/*", "to": {"west/*": 100}}]}}})"),
            "0/2: 10.0.0.1 10.0.0.2; 0/1: 10.0.0.3; 0/1: 10.0.0.4; ");
}

TEST(LocalityLb, FailoverPrioritySplitsByLabels) {
  EXPECT_EQ(
      with_policy(
          R"({"outlierDetection": {}, "loadBalancer": {"localityLbSetting": {"failoverPriority": ["topology.kubernetes.io/region", "rack"]}}})"),
      "0/1: 10.0.0.1; 1/1: 10.0.0.2; 0/1: 10.0.0.3; 2/1: 10.0.0.4; ");
}

TEST(LocalityLb, FailoverPriorityWithAValueNeedsNothingOfTheClient) {
  auto objects = places();
  objects.push_back(mt::destination_rule(
      "default", "s",
      R"({"host": "s", "trafficPolicy": {"outlierDetection": {}, "loadBalancer": {"localityLbSetting": {"failoverPriority": ["rack=r2"]}}}})"));
  World world(objects, client());
  EXPECT_EQ(layout(world.endpoints(kSubject)), "0/1: 10.0.0.2; 1/1: 10.0.0.1; 1/1: 10.0.0.3; 1/1: 10.0.0.4; ");
  const auto run = world.run(cluster_endpoints, kSubject);
  EXPECT_FALSE(run.read(Ask::kProxyLabels));
  EXPECT_FALSE(run.read(Ask::kProxyLocality));
}

TEST(LocalityLb, PreferCloseSpillsOverByHealth) {
  auto objects = places();
  for (auto& object : objects) {
    if (object->key.kind == mesh::Kind::kService)
      object = mt::edited(object, [](mesh::Object& o) { std::get<mesh::KubeService>(o.payload).traffic_distribution = "PreferClose"; });
    if (object->key.kind == mesh::Kind::kEndpointSlice)
      object = mt::edited(object, [](mesh::Object& o) {
        auto& first = std::get<mesh::KubeEndpoints>(o.payload).groups[0].endpoints[0];
        first.ready = first.serving = false;
      });
  }
  World world(objects, client());
  const auto assignment = world.endpoints(kSubject);
  EXPECT_EQ(layout(assignment), "0/2: 10.0.0.1 10.0.0.2; 1/1: 10.0.0.3; 2/1: 10.0.0.4; ");
  EXPECT_EQ(assignment.endpoints(0).lb_endpoints(0).health_status(), envoy::config::core::v3::UNHEALTHY);
  const auto cluster = world.cluster(kSubject);
  ASSERT_TRUE(cluster.common_lb_config().has_healthy_panic_threshold());
  EXPECT_EQ(cluster.common_lb_config().healthy_panic_threshold().value(), 0);
}

TEST(LocalityLb, PreferSameNode) {
  auto objects = places();
  for (auto& object : objects)
    if (object->key.kind == mesh::Kind::kService)
      object = mt::edited(object, [](mesh::Object& o) { std::get<mesh::KubeService>(o.payload).traffic_distribution = "PreferSameNode"; });
  auto proxy = client();
  proxy.node_name = "eb";
  World world(objects, proxy);
  // The client's own labels say east/a, its node is p3's: place first, node last.
  EXPECT_EQ(layout(world.endpoints(kSubject)), "0/2: 10.0.0.1 10.0.0.2; 1/1: 10.0.0.3; 2/1: 10.0.0.4; ");
}

TEST(LocalityLb, ZoneAwareKeepsTheRegionTogether) {
  EXPECT_EQ(with_policy(R"({"loadBalancer": {"zoneAwareLbSetting": {"failover": [{"from": "east", "to": "west"}]}}})"),
            "0/2: 10.0.0.1 10.0.0.2; 0/1: 10.0.0.3; 1/1: 10.0.0.4; ");
  EXPECT_EQ(with_policy(R"({"loadBalancer": {"zoneAwareLbSetting": {"enabled": false}}})"),
            "0/2: 10.0.0.1 10.0.0.2; 0/1: 10.0.0.3; 0/1: 10.0.0.4; ");
}

}  // namespace
}  // namespace amime::translate
