#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "translate/cluster_testing.h"

namespace amime::translate {
namespace {

using cluster_testing::http_options;
using cluster_testing::Run;
using cluster_testing::World;
using envoy::config::cluster::v3::Cluster;
namespace mt = mesh::testing;

Cluster decode(const Run& run, std::string_view name) {
  Cluster cluster;
  const Resource* resource = run.find(name);
  EXPECT_NE(resource, nullptr) << name;
  if (resource) cluster.ParseFromString(std::string(resource->message()));
  return cluster;
}

TEST(StaticClusters, RoutersHaveTheBlackHoleOnly) {
  World world({}, mt::router("default", {}));
  const auto run = world.run(static_clusters, "");
  ASSERT_EQ(run.product.resources.size(), 1u);
  const auto cluster = decode(run, "BlackHoleCluster");
  EXPECT_EQ(cluster.type(), Cluster::STATIC);
  EXPECT_FALSE(cluster.has_load_assignment());
}

TEST(StaticClusters, PassthroughSpeaksTheClientsProtocol) {
  World world({});
  const auto cluster = decode(world.run(static_clusters, ""), "PassthroughCluster");
  EXPECT_EQ(cluster.type(), Cluster::ORIGINAL_DST);
  EXPECT_EQ(cluster.lb_policy(), Cluster::CLUSTER_PROVIDED);
  EXPECT_EQ(cluster.connect_timeout().seconds(), 10);
  EXPECT_EQ(cluster.circuit_breakers().thresholds(0).max_connections().value(), 4294967295u);
  EXPECT_TRUE(http_options(cluster).has_use_downstream_protocol_config());
  EXPECT_EQ(http_options(cluster).common_http_protocol_options().idle_timeout().seconds(), 300);
  EXPECT_FALSE(cluster.has_upstream_bind_config());
}

TEST(StaticClusters, PassthroughIsLimitedMeshWide) {
  World world({mt::mesh_config(R"({"defaultTrafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 8}}}})")});
  EXPECT_EQ(decode(world.run(static_clusters, ""), "PassthroughCluster").circuit_breakers().thresholds(0).max_connections().value(), 8u);
}

TEST(StaticClusters, InboundPassthroughComesFromTheMagicAddress) {
  World world({});
  const auto cluster = decode(world.run(static_clusters, ""), "InboundPassthroughCluster");
  EXPECT_EQ(cluster.upstream_bind_config().source_address().address(), "127.0.0.6");
  EXPECT_EQ(cluster.upstream_bind_config().extra_source_addresses_size(), 0);
  auto dual = mt::proxy("default");
  dual.ips = {"10.0.0.1", "2001:db8::1"};
  World both({}, dual);
  const auto bind = decode(both.run(static_clusters, ""), "InboundPassthroughCluster").upstream_bind_config();
  EXPECT_EQ(bind.source_address().address(), "127.0.0.6");
  ASSERT_EQ(bind.extra_source_addresses_size(), 1);
  EXPECT_EQ(bind.extra_source_addresses(0).address().address(), "::6");
  auto v6 = mt::proxy("default");
  v6.ips = {"2001:db8::1"};
  World only({}, v6);
  EXPECT_EQ(decode(only.run(static_clusters, ""), "InboundPassthroughCluster").upstream_bind_config().source_address().address(), "::6");
}

TEST(StaticClusters, SharedByAllSidecarsOfAFamily) {
  World world({});
  const auto run = world.run(static_clusters, "");
  EXPECT_FALSE(run.read(Ask::kProxyAddresses));
  EXPECT_FALSE(run.read(Ask::kProxyNamespace));
}

}  // namespace
}  // namespace amime::translate
