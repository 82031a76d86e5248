#include "translate/inbound_route.h"

#include <gtest/gtest.h>

#include "envoy/config/route/v3/route.pb.h"
#include "mesh/v1alpha1/config.pb.h"

namespace amime::translate {
namespace {

envoy::config::route::v3::RouteConfiguration table(const InboundRoute& route) {
  envoy::config::route::v3::RouteConfiguration out;
  fill_inbound_table(route, istio::mesh::v1alpha1::MeshConfig(), &out);
  return out;
}

TEST(InboundRoute, EverythingToTheApplication) {
  const auto out =
      table({.cluster = "inbound|8080||", .host = "a.default.svc.cluster.local", .service_port = 80, .protocol = mesh::Protocol::kHttp});
  EXPECT_EQ(out.name(), "inbound|8080||");
  EXPECT_FALSE(out.validate_clusters().value());
  const auto& host = out.virtual_hosts(0);
  EXPECT_EQ(host.name(), "inbound|http|80");
  EXPECT_EQ(host.domains(0), "*");
  const auto& route = host.routes(0);
  EXPECT_EQ(route.name(), "default");
  EXPECT_EQ(route.decorator().operation(), "a.default.svc.cluster.local:80/*");
  EXPECT_EQ(route.route().cluster(), "inbound|8080||");
  EXPECT_TRUE(route.route().has_timeout());
  EXPECT_EQ(route.route().timeout().seconds(), 0);
  EXPECT_TRUE(route.route().max_stream_duration().has_grpc_timeout_header_max());
  EXPECT_EQ(route.route().retry_policy().retry_on(), "reset-before-request");
  EXPECT_EQ(route.route().retry_policy().num_retries().value(), 2u);
}

TEST(InboundRoute, GrpcIsNotRetried) {
  const auto out = table({.cluster = "inbound|7070||", .host = "a.b", .service_port = 7070, .protocol = mesh::Protocol::kGrpc});
  EXPECT_FALSE(out.virtual_hosts(0).routes(0).route().has_retry_policy());
}

TEST(InboundRoute, APortWithoutService) {
  const auto out = table({.cluster = "InboundPassthroughCluster"});
  EXPECT_EQ(out.virtual_hosts(0).name(), "inbound|http|0");
  EXPECT_EQ(out.virtual_hosts(0).routes(0).decorator().operation(), ":0/*");
}

}  // namespace
}  // namespace amime::translate
