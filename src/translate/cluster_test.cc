#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "translate/cluster_testing.h"

namespace amime::translate {
namespace {

using cluster_testing::cluster_with;
using cluster_testing::service_with;
using cluster_testing::World;
using envoy::config::cluster::v3::Cluster;
namespace mt = mesh::testing;

constexpr const char* kSubject = "80||s.default.svc.cluster.local";

TEST(OutboundCluster, EdsOverAds) {
  const auto cluster = cluster_with("");
  EXPECT_EQ(cluster.name(), "outbound|80||s.default.svc.cluster.local");
  EXPECT_EQ(cluster.type(), Cluster::EDS);
  EXPECT_EQ(cluster.eds_cluster_config().service_name(), cluster.name());
  EXPECT_TRUE(cluster.eds_cluster_config().eds_config().has_ads());
  EXPECT_EQ(cluster.eds_cluster_config().eds_config().resource_api_version(), envoy::config::core::v3::V3);
  EXPECT_TRUE(cluster.eds_cluster_config().eds_config().has_initial_fetch_timeout());
  EXPECT_EQ(cluster.connect_timeout().seconds(), 10);
  EXPECT_EQ(cluster.lb_policy(), Cluster::LEAST_REQUEST);
  EXPECT_TRUE(cluster.alt_stat_name().empty());
  EXPECT_FALSE(cluster.has_transport_socket());
}

TEST(OutboundCluster, IsTracedToItsObjects) {
  World world(service_with("{}"));
  const auto run = world.run(outbound_cluster, kSubject);
  ASSERT_EQ(run.product.resources.size(), 1u);
  EXPECT_EQ(run.product.resources[0]->from,
            (std::vector<mesh::ObjectKey>{{mesh::Kind::kService, "default", "s"}, {mesh::Kind::kDestinationRule, "default", "s"}}));
  EXPECT_TRUE(run.product.resources[0]->eds);
}

TEST(OutboundCluster, SharedByAllSidecars) {
  World world(service_with(R"({"outlierDetection": {}})"));
  const auto run = world.run(outbound_cluster, kSubject);
  for (const Ask ask :
       {Ask::kProxyLabels, Ask::kProxyLocality, Ask::kProxyAddresses, Ask::kProxyIdentity, Ask::kProxyNamespace, Ask::kLocalAddresses})
    EXPECT_FALSE(run.read(ask)) << static_cast<int>(ask);
}

TEST(OutboundCluster, NoneWhereThePortOrSubsetIsGone) {
  World world(service_with(""));
  EXPECT_TRUE(world.run(outbound_cluster, "81||s.default.svc.cluster.local").product.resources.empty());
  EXPECT_TRUE(world.run(outbound_cluster, "80|v1|s.default.svc.cluster.local").product.resources.empty());
  EXPECT_TRUE(world.run(outbound_cluster, "80||gone.default.svc.cluster.local").product.resources.empty());
}

TEST(OutboundCluster, HeadlessKeepsTheClientsAddress) {
  World world({mt::service("default", "s", "None", {"tcp:80"})});
  const auto cluster = world.cluster(kSubject);
  EXPECT_EQ(cluster.type(), Cluster::ORIGINAL_DST);
  EXPECT_EQ(cluster.lb_policy(), Cluster::CLUSTER_PROVIDED);
}

TEST(OutboundCluster, ServiceEntryNoneMayMoveThePort) {
  World world({mt::service_entry(
      "default", "e",
      R"({"hosts": ["e.example.com"], "resolution": "NONE", "ports": [{"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 8080}]})")});
  const auto cluster = world.cluster("80||e.example.com");
  EXPECT_EQ(cluster.type(), Cluster::ORIGINAL_DST);
  EXPECT_EQ(cluster.original_dst_lb_config().upstream_port_override().value(), 8080u);
}

TEST(OutboundCluster, PassthroughBalancerKeepsTheClientsAddress) {
  const auto cluster = cluster_with(R"({"loadBalancer": {"simple": "PASSTHROUGH"}})");
  EXPECT_EQ(cluster.type(), Cluster::ORIGINAL_DST);
  EXPECT_EQ(cluster.lb_policy(), Cluster::CLUSTER_PROVIDED);
  EXPECT_FALSE(cluster.has_eds_cluster_config());
}

TEST(OutboundCluster, SubsetHasItsOwnPolicy) {
  World world(
      {mt::service("default", "s", "10.96.0.1", {"http:80"}),
       mt::destination_rule(
           "default", "s",
           R"({"host": "s", "trafficPolicy": {"loadBalancer": {"simple": "RANDOM"}, "connectionPool": {"tcp": {"maxConnections": 3}}},
                 "subsets": [{"name": "v1", "trafficPolicy": {"loadBalancer": {"simple": "ROUND_ROBIN"}}}]})")});
  EXPECT_EQ(world.cluster(kSubject).lb_policy(), Cluster::RANDOM);
  const auto subset = world.cluster("80|v1|s.default.svc.cluster.local");
  EXPECT_EQ(subset.name(), "outbound|80|v1|s.default.svc.cluster.local");
  EXPECT_EQ(subset.lb_policy(), Cluster::ROUND_ROBIN);
  EXPECT_EQ(subset.circuit_breakers().thresholds(0).max_connections().value(), 3u);
}

TEST(OutboundCluster, WorkloadSelectorChoosesByTheClientsLabels) {
  const std::vector<mesh::ObjectPtr> objects = {
      mt::service("default", "s", "10.96.0.1", {"http:80"}),
      mt::destination_rule("default", "all", R"({"host": "s", "trafficPolicy": {"loadBalancer": {"simple": "RANDOM"}}})"),
      mt::destination_rule("default", "some", R"({"host": "s", "workloadSelector": {"matchLabels": {"app": "x"}},
                                                  "trafficPolicy": {"loadBalancer": {"simple": "ROUND_ROBIN"}}})")};
  auto chosen = mt::proxy("default"), other = mt::proxy("default");
  chosen.labels = {{"app", "x"}};
  other.labels = {{"app", "y"}};
  EXPECT_EQ(World(objects, chosen).cluster(kSubject).lb_policy(), Cluster::ROUND_ROBIN);
  EXPECT_EQ(World(objects, other).cluster(kSubject).lb_policy(), Cluster::RANDOM);
  // Only such a rule makes proxies differ by their labels.
  EXPECT_TRUE(World(objects, other).run(outbound_cluster, kSubject).read(Ask::kProxyLabels));
  EXPECT_FALSE(World({objects[0], objects[1]}, other).run(outbound_cluster, kSubject).read(Ask::kProxyLabels));
}

TEST(OutboundCluster, MetadataForIstioctl) {
  World world({mt::service("default", "s", "10.96.0.1", {"http:80"}),
               mt::destination_rule("default", "dr", R"({"host": "s", "subsets": [{"name": "v1"}]})")});
  const auto istio = world.cluster("80|v1|s.default.svc.cluster.local").metadata().filter_metadata().at("istio").fields();
  EXPECT_EQ(istio.at("config").string_value(), "/apis/networking.istio.io/v1/namespaces/default/destination-rule/dr");
  EXPECT_EQ(istio.at("subset").string_value(), "v1");
  const auto service = istio.at("services").list_value().values(0).struct_value().fields();
  EXPECT_EQ(service.at("host").string_value(), "s.default.svc.cluster.local");
  EXPECT_EQ(service.at("name").string_value(), "s");
  EXPECT_EQ(service.at("namespace").string_value(), "default");
}

TEST(OutboundCluster, ExternalServicesAreMarked) {
  World world({mt::service_entry(
      "default", "e",
      R"({"hosts": ["e.example.com"], "location": "MESH_EXTERNAL", "resolution": "STATIC", "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}]})")});
  const auto istio = world.cluster("80||e.example.com").metadata().filter_metadata().at("istio").fields();
  EXPECT_TRUE(istio.at("external").bool_value());
  EXPECT_EQ(istio.at("services").list_value().values(0).struct_value().fields().at("name").string_value(), "e.example.com");
}

TEST(OutboundCluster, StatNameFromMeshConfig) {
  auto objects = service_with("");
  objects.push_back(mt::mesh_config(
      R"({"outboundClusterStatName": "%SERVICE%_%SERVICE_NAME%_%SERVICE_PORT%_%SERVICE_PORT_NAME%_%SUBSET_NAME%_%SERVICE_FQDN%"})"));
  World world(objects);
  EXPECT_EQ(world.cluster(kSubject).alt_stat_name(), "s.default_s_80_http__s.default.svc.cluster.local;");
}

TEST(OutboundCluster, NotesAWarmupThatNobodyDoes) {
  World world(service_with(R"({"loadBalancer": {"simple": "RANDOM", "warmup": {"duration": "9s"}}})"));
  const auto notes = world.run(outbound_cluster, kSubject).product.notes;
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].field, "spec.trafficPolicy.loadBalancer.warmup");
}

TEST(OutboundCluster, NotesWhatHasNoEffect) {
  World world(service_with(R"({"outlierDetection": {"consecutiveErrors": 3}})"));
  const auto notes = world.run(outbound_cluster, kSubject).product.notes;
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].field, "spec.trafficPolicy.outlierDetection.consecutiveErrors");
  EXPECT_EQ(notes[0].object.name, "s");
}

}  // namespace
}  // namespace amime::translate
