#include "local/envoy_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/secret.pb.h"

namespace amime::local {
namespace {

using translate::make_resource;
using translate::Type;

// Of a regular expression that only Envoy knows to be bad, if `good` is not.
envoy::config::route::v3::VirtualHost host(bool good) {
  envoy::config::route::v3::VirtualHost out;
  out.set_name("a");
  out.add_domains("a");
  auto& route = *out.add_routes();
  route.mutable_match()->mutable_safe_regex()->set_regex(good ? "/a.*" : "/a(");
  route.mutable_route()->set_cluster("not here");
  return out;
}

class EnvoyJudgeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* binary = getenv("AMIME_ENVOY");
    ASSERT_NE(binary, nullptr) << "AMIME_ENVOY names the Envoy binary; ctest sets it";
    judge = envoy_judge(binary);
  }
  EnvoyJudge judge;
};

TEST_F(EnvoyJudgeTest, VirtualHostsAndTables) {
  EXPECT_EQ(judge(*make_resource(Type::kVirtualHost, "80/a", host(true))), true) << "that its cluster is elsewhere is no fault";
  EXPECT_EQ(judge(*make_resource(Type::kVirtualHost, "80/a", host(false))), false);
  envoy::config::route::v3::RouteConfiguration table;
  table.set_name("80");
  *table.add_virtual_hosts() = host(true);
  EXPECT_EQ(judge(*make_resource(Type::kRoute, "80", table)), true);
  *table.mutable_virtual_hosts(0) = host(false);
  EXPECT_EQ(judge(*make_resource(Type::kRoute, "80", table)), false);
}

TEST_F(EnvoyJudgeTest, ClustersEndpointsAndListeners) {
  envoy::config::cluster::v3::Cluster cluster;
  cluster.set_name("c");
  cluster.set_type(envoy::config::cluster::v3::Cluster::EDS);
  cluster.mutable_eds_cluster_config()->mutable_eds_config()->mutable_ads();
  EXPECT_EQ(judge(*make_resource(Type::kCluster, "c", cluster)), true);
  cluster.set_lb_policy(envoy::config::cluster::v3::Cluster::CLUSTER_PROVIDED);
  EXPECT_EQ(judge(*make_resource(Type::kCluster, "c", cluster)), false);

  envoy::config::endpoint::v3::ClusterLoadAssignment endpoints;
  endpoints.set_cluster_name("c");
  auto& address = *endpoints.add_endpoints()->add_lb_endpoints()->mutable_endpoint()->mutable_address()->mutable_socket_address();
  address.set_address("10.0.0.1");
  address.set_port_value(80);
  EXPECT_EQ(judge(*make_resource(Type::kEndpoint, "c", endpoints)), true);
  address.set_address("not an address");
  EXPECT_EQ(judge(*make_resource(Type::kEndpoint, "c", endpoints)), false);

  envoy::config::listener::v3::Listener listener;
  listener.set_name("l");
  listener.mutable_address()->mutable_socket_address()->set_address("127.0.0.1");
  listener.mutable_address()->mutable_socket_address()->set_port_value(0);
  EXPECT_EQ(judge(*make_resource(Type::kListener, "l", listener)), false) << "without a filter chain";
}

TEST_F(EnvoyJudgeTest, ASecretIsNotWrittenToAFile) {
  envoy::extensions::transport_sockets::tls::v3::Secret secret;
  secret.set_name("s");
  EXPECT_EQ(judge(*make_resource(Type::kSecret, "s", secret)), std::nullopt);
}

TEST(EnvoyJudge, WithoutABinaryThereIsNoAnswer) {
  EXPECT_EQ(envoy_judge("/no/envoy")(*make_resource(Type::kVirtualHost, "80/a", host(true))), std::nullopt);
  EXPECT_EQ(envoy_judge("/bin/false")(*make_resource(Type::kVirtualHost, "80/a", host(true))), false);
}

}  // namespace
}  // namespace amime::local
