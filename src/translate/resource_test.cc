#include "translate/resource.h"

#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/service/discovery/v3/discovery.pb.h"

namespace amime::translate {
namespace {

using envoy::config::cluster::v3::Cluster;

Cluster cluster(const std::string& name) {
  Cluster c;
  c.set_name(name);
  c.set_type(Cluster::EDS);
  (*c.mutable_metadata()->mutable_filter_metadata())["istio"].mutable_fields()->insert({"config", {}});
  return c;
}

TEST(Resource, OneBufferIsAResourceOfTheDeltaResponse) {
  const auto resource = make_resource(Type::kCluster, "a", cluster("a"));
  envoy::service::discovery::v3::DeltaDiscoveryResponse response;
  ASSERT_TRUE(response.ParseFromString(std::string(resource->delta())));
  ASSERT_EQ(response.resources_size(), 1);
  EXPECT_EQ(response.resources(0).name(), "a");
  EXPECT_EQ(response.resources(0).version().size(), 16u);
  Cluster unpacked;
  ASSERT_TRUE(response.resources(0).resource().UnpackTo(&unpacked));
  EXPECT_EQ(unpacked.name(), "a");
}

TEST(Resource, ItsInnerPartIsAResourceOfTheSotwResponse) {
  const auto resource = make_resource(Type::kCluster, "a", cluster("a"));
  envoy::service::discovery::v3::DiscoveryResponse response;
  ASSERT_TRUE(response.ParseFromString(std::string(resource->sotw())));
  ASSERT_EQ(response.resources_size(), 1);
  Cluster unpacked;
  ASSERT_TRUE(response.resources(0).UnpackTo(&unpacked));
  EXPECT_EQ(unpacked.name(), "a");
  ASSERT_TRUE(unpacked.ParseFromString(std::string(resource->message())));
}

TEST(Resource, VersionsFollowContent) {
  EXPECT_EQ(make_resource(Type::kCluster, "a", cluster("a"))->version, make_resource(Type::kCluster, "a", cluster("a"))->version);
  EXPECT_NE(make_resource(Type::kCluster, "a", cluster("a"))->version, make_resource(Type::kCluster, "a", cluster("b"))->version);
}

TEST(Resource, AClusterSaysWhetherEnvoyAsksForItsEndpoints) {
  Cluster c = cluster("a");
  EXPECT_TRUE(make_resource(Type::kCluster, "a", c)->eds);
  EXPECT_EQ(make_resource(Type::kCluster, "a", c)->eds_name, "a");
  c.mutable_eds_cluster_config()->set_service_name("b");
  EXPECT_EQ(make_resource(Type::kCluster, "a", c)->eds_name, "b");
  c.set_type(Cluster::STATIC);
  EXPECT_FALSE(make_resource(Type::kCluster, "a", c)->eds);
}

}  // namespace
}  // namespace amime::translate
