#include <gtest/gtest.h>

#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "translate/cluster_testing.h"

namespace amime::translate {
namespace {

using cluster_testing::layout;
using cluster_testing::World;
namespace mt = mesh::testing;

constexpr const char* kSubject = "80||s.default.svc.cluster.local";

std::vector<mesh::ObjectPtr> objects_with(std::vector<mesh::KubeEndpoint> endpoints) {
  return {mt::service("default", "s", "10.96.0.1", {"http:80:8080"}, {{"app", "s"}}),
          mt::pod("default", "p1", "10.0.0.1", {{"app", "s"}, {"version", "v1"}}, {"http:8080"}),
          mt::pod("default", "p2", "10.0.0.2", {{"app", "s"}, {"version", "v2"}}, {"http:8080"}),
          mt::endpoint_slice("default", "s-1", "s", {"http:8080"}, std::move(endpoints))};
}

mesh::KubeEndpoint unready(std::string_view address, bool serving, bool terminating) {
  auto endpoint = mt::endpoint(address);
  endpoint.ready = false;
  endpoint.serving = serving;
  endpoint.terminating = terminating;
  return endpoint;
}

TEST(ClusterEndpoints, AddressesAndPorts) {
  World world(objects_with({mt::endpoint("10.0.0.1", "p1"), mt::endpoint("10.0.0.2", "p2")}));
  const auto assignment = world.endpoints(kSubject);
  EXPECT_EQ(assignment.cluster_name(), "outbound|80||s.default.svc.cluster.local");
  EXPECT_EQ(layout(assignment), "0/2: 10.0.0.1 10.0.0.2; ");
  EXPECT_EQ(assignment.endpoints(0).lb_endpoints(0).endpoint().address().socket_address().port_value(), 8080u);
  EXPECT_FALSE(assignment.endpoints(0).has_locality());
}

TEST(ClusterEndpoints, SubsetsByLabels) {
  auto objects = objects_with({mt::endpoint("10.0.0.1", "p1"), mt::endpoint("10.0.0.2", "p2")});
  objects.push_back(mt::destination_rule(
      "default", "s",
      R"({"host": "s", "subsets": [{"name": "v2", "labels": {"version": "v2"}}, {"name": "none", "labels": {"version": "v9"}}, {"name": "all"}]})"));
  World world(objects);
  EXPECT_EQ(layout(world.endpoints("80|v2|s.default.svc.cluster.local")), "0/1: 10.0.0.2; ");
  EXPECT_EQ(layout(world.endpoints("80|none|s.default.svc.cluster.local")), "");
  EXPECT_EQ(layout(world.endpoints("80|all|s.default.svc.cluster.local")), "0/2: 10.0.0.1 10.0.0.2; ");
}

TEST(ClusterEndpoints, SubsetsMayNameThePlace) {
  auto objects = objects_with({mt::endpoint("10.0.0.1"), mt::endpoint("10.0.0.2")});
  objects.push_back(mt::node("n1", "east", "a"));
  for (auto& object : objects)
    if (object->key.kind == mesh::Kind::kEndpointSlice)
      object =
          mt::edited(object, [](mesh::Object& o) { std::get<mesh::KubeEndpoints>(o.payload).groups[0].endpoints[1].node_name = "n1"; });
  objects.push_back(mt::destination_rule(
      "default", "s", R"({"host": "s", "subsets": [{"name": "e", "labels": {"topology.kubernetes.io/region": "east"}}]})"));
  World world(objects);
  EXPECT_EQ(layout(world.endpoints("80|e|s.default.svc.cluster.local")), "0/1: 10.0.0.2; ");
}

TEST(ClusterEndpoints, EmptyButThereWhereNothingIsKnown) {
  World world({mt::service("default", "s", "10.96.0.1", {"http:80:8080"})});
  EXPECT_EQ(world.endpoints(kSubject).endpoints_size(), 0);
  EXPECT_EQ(world.endpoints(kSubject).cluster_name(), "outbound|80||s.default.svc.cluster.local");
}

TEST(ClusterEndpoints, TerminatingLeaveAndUnreadyAreKnownAsSuch) {
  World world(objects_with({mt::endpoint("10.0.0.1", "p1"), unready("10.0.0.5", false, false), unready("10.0.0.6", true, true),
                            unready("10.0.0.7", false, true)}));
  const auto assignment = world.endpoints(kSubject);
  EXPECT_EQ(layout(assignment), "0/2: 10.0.0.1 10.0.0.5; ");
}

TEST(ClusterEndpoints, UnreadyLeaveWherePanicWouldSendToThem) {
  auto objects = objects_with({mt::endpoint("10.0.0.1", "p1"), unready("10.0.0.5", false, false)});
  objects.push_back(
      mt::destination_rule("default", "s", R"({"host": "s", "trafficPolicy": {"outlierDetection": {"minHealthPercent": 30}}})"));
  EXPECT_EQ(layout(World(objects).endpoints(kSubject)), "0/1: 10.0.0.1; ");
}

TEST(ClusterEndpoints, PersistentSessionsReachDrainingEndpoints) {
  auto objects = objects_with({mt::endpoint("10.0.0.1", "p1"), unready("10.0.0.6", true, true)});
  objects[0] = mt::edited(objects[0], [](mesh::Object& o) { o.labels["istio.io/persistent-session"] = "session"; });
  const auto assignment = World(objects).endpoints(kSubject);
  EXPECT_EQ(layout(assignment), "0/2: 10.0.0.1 10.0.0.6; ");
  EXPECT_EQ(assignment.endpoints(0).lb_endpoints(1).health_status(), envoy::config::core::v3::DRAINING);
}

TEST(ClusterEndpoints, ServiceEntryWithSocketsWeightsAndNames) {
  World world({mt::service_entry(
      "default", "e",
      R"({"hosts": ["e.example.com"], "resolution": "STATIC", "ports": [{"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 8080}],
    "endpoints": [{"address": "10.1.0.1", "weight": 5}, {"address": "unix:///run/app.sock"}]})")});
  const auto assignment = world.endpoints("80||e.example.com");
  ASSERT_EQ(assignment.endpoints(0).lb_endpoints_size(), 2);
  EXPECT_EQ(assignment.endpoints(0).lb_endpoints(0).load_balancing_weight().value(), 5u);
  EXPECT_EQ(assignment.endpoints(0).lb_endpoints(1).endpoint().address().pipe().path(), "/run/app.sock");
  EXPECT_EQ(assignment.endpoints(0).load_balancing_weight().value(), 6u);
}

TEST(ClusterEndpoints, NodeLocalServicesKeepToTheClientsNode) {
  auto objects = objects_with({mt::endpoint("10.0.0.5"), mt::endpoint("10.0.0.6")});
  objects[0] = mt::edited(objects[0], [](mesh::Object& o) { std::get<mesh::KubeService>(o.payload).internal_traffic_policy = "Local"; });
  objects[3] = mt::edited(objects[3], [](mesh::Object& o) {
    auto& endpoints = std::get<mesh::KubeEndpoints>(o.payload).groups[0].endpoints;
    endpoints[0].node_name = "n1";
    endpoints[1].node_name = "n2";
  });
  auto proxy = mt::proxy("default");
  proxy.node_name = "n2";
  EXPECT_EQ(layout(World(objects, proxy).endpoints(kSubject)), "0/1: 10.0.0.6; ");
}

TEST(ClusterEndpoints, SharedByAllProxies) {
  World world(objects_with({mt::endpoint("10.0.0.1", "p1")}));
  for (const auto& read : world.run(cluster_endpoints, kSubject).trace)
    EXPECT_TRUE(read.ask > kLastProxyAsk || read.ask == Ask::kHasIdentity) << static_cast<int>(read.ask);
}

}  // namespace
}  // namespace amime::translate
