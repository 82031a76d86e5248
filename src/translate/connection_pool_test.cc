#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "translate/cluster_testing.h"

namespace amime::translate {
namespace {

using cluster_testing::cluster_with;
using cluster_testing::http_options;
using cluster_testing::service_with;
using cluster_testing::World;
namespace mt = mesh::testing;

constexpr std::uint32_t kUnlimited = 4294967295;

TEST(ConnectionPool, PracticallyUnlimitedByDefault) {
  const auto cluster = cluster_with("");
  const auto& thresholds = cluster.circuit_breakers().thresholds(0);
  EXPECT_EQ(thresholds.max_connections().value(), kUnlimited);
  EXPECT_EQ(thresholds.max_pending_requests().value(), kUnlimited);
  EXPECT_EQ(thresholds.max_requests().value(), kUnlimited);
  EXPECT_EQ(thresholds.max_retries().value(), kUnlimited);
  EXPECT_TRUE(thresholds.track_remaining());
  EXPECT_TRUE(cluster.typed_extension_protocol_options().empty());
}

TEST(ConnectionPool, Limits) {
  const auto cluster = cluster_with(R"({"connectionPool": {"tcp": {"maxConnections": 1, "connectTimeout": "3s"},
    "http": {"http1MaxPendingRequests": 2, "http2MaxRequests": 3, "maxRetries": 4, "maxRequestsPerConnection": 5}}})");
  const auto& thresholds = cluster.circuit_breakers().thresholds(0);
  EXPECT_EQ(thresholds.max_connections().value(), 1u);
  EXPECT_EQ(thresholds.max_pending_requests().value(), 2u);
  EXPECT_EQ(thresholds.max_requests().value(), 3u);
  EXPECT_EQ(thresholds.max_retries().value(), 4u);
  EXPECT_EQ(cluster.connect_timeout().seconds(), 3);
  EXPECT_EQ(http_options(cluster).common_http_protocol_options().max_requests_per_connection().value(), 5u);
  EXPECT_TRUE(http_options(cluster).explicit_http_config().has_http_protocol_options());  // Envoy wants a protocol
}

TEST(ConnectionPool, Timeouts) {
  const auto both = http_options(
      cluster_with(R"({"connectionPool": {"tcp": {"idleTimeout": "7s", "maxConnectionDuration": "9s"}, "http": {"idleTimeout": "8s"}}})"));
  EXPECT_EQ(both.common_http_protocol_options().idle_timeout().seconds(), 8);
  EXPECT_EQ(both.common_http_protocol_options().max_connection_duration().seconds(), 9);
  const auto tcp = http_options(cluster_with(R"({"connectionPool": {"tcp": {"idleTimeout": "7s"}}})"));
  EXPECT_EQ(tcp.common_http_protocol_options().idle_timeout().seconds(), 7);
}

TEST(ConnectionPool, KeepaliveMeshWideAndOverridden) {
  auto objects = service_with(R"({"connectionPool": {"tcp": {"tcpKeepalive": {"probes": 9}}}})");
  objects.push_back(mt::mesh_config(R"({"tcpKeepalive": {"probes": 2, "time": "60s", "interval": "5s"}})"));
  World world(objects);
  const auto keepalive = world.cluster("80||s.default.svc.cluster.local").upstream_connection_options().tcp_keepalive();
  EXPECT_EQ(keepalive.keepalive_probes().value(), 9u);
  EXPECT_EQ(keepalive.keepalive_time().value(), 60u);
  EXPECT_EQ(keepalive.keepalive_interval().value(), 5u);
}

TEST(ConnectionPool, EmptyKeepaliveSwitchesItOn) {
  EXPECT_TRUE(cluster_with(R"({"connectionPool": {"tcp": {"tcpKeepalive": {}}}})").upstream_connection_options().has_tcp_keepalive());
  EXPECT_FALSE(cluster_with("").has_upstream_connection_options());
}

TEST(ConnectionPool, StreamsOfHttp2Only) {
  const std::string policy =
      R"({"connectionPool": {"http": {"maxConcurrentStreams": 11, "http2KeepAlive": {"interval": "10s", "timeout": "2s"}}}})";
  const auto http2 = http_options(cluster_with(policy, "grpc:80")).explicit_http_config().http2_protocol_options();
  EXPECT_EQ(http2.max_concurrent_streams().value(), 11u);
  EXPECT_EQ(http2.connection_keepalive().interval().seconds(), 10);
  EXPECT_EQ(http2.connection_keepalive().timeout().seconds(), 2);
  EXPECT_FALSE(http_options(cluster_with(policy)).explicit_http_config().has_http2_protocol_options());
}

TEST(ConnectionPool, RetryBudget) {
  const auto budget =
      cluster_with(R"({"retryBudget": {"percent": 30, "minRetryConcurrency": 7}})").circuit_breakers().thresholds(0).retry_budget();
  EXPECT_EQ(budget.budget_percent().value(), 30);
  EXPECT_EQ(budget.min_retry_concurrency().value(), 7u);
  const auto defaults = cluster_with(R"({"retryBudget": {}})").circuit_breakers().thresholds(0).retry_budget();
  EXPECT_EQ(defaults.budget_percent().value(), 20);
  EXPECT_EQ(defaults.min_retry_concurrency().value(), 3u);
}

}  // namespace
}  // namespace amime::translate
