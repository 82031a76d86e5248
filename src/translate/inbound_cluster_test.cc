#include "translate/inbound_cluster.h"

#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "translate/cluster_testing.h"

namespace amime::translate {
namespace {

using cluster_testing::http_options;
using cluster_testing::World;
using envoy::config::cluster::v3::Cluster;
namespace mt = mesh::testing;

mesh::ProxyFacts own(mesh::InterceptionMode mode = mesh::InterceptionMode::kRedirect) {
  auto proxy = mt::proxy("default", "p1", "10.0.0.1", {{"app", "s"}});
  proxy.interception = mode;
  return proxy;
}

std::vector<mesh::ObjectPtr> workload(const std::string& port = "http:80:8080") {
  return {mt::service("default", "s", "10.96.0.1", {port}, {{"app", "s"}}),
          mt::pod("default", "p1", "10.0.0.1", {{"app", "s"}}, {"http:8080"}),
          mt::endpoint_slice("default", "s-1", "s", {port.substr(0, port.find(':')) + ":8080"}, {mt::endpoint("10.0.0.1", "p1")})};
}
std::vector<mesh::ObjectPtr> with(std::vector<mesh::ObjectPtr> objects, mesh::ObjectPtr more) {
  objects.push_back(std::move(more));
  return objects;
}
std::string application(const Cluster& cluster) {
  const auto& address = cluster.load_assignment().endpoints(0).lb_endpoints(0).endpoint().address();
  if (address.has_pipe()) return address.pipe().path();
  return address.socket_address().address() + " " + std::to_string(address.socket_address().port_value());
}

TEST(InboundCluster, KeyNamesThePort) { EXPECT_EQ(inbound_cluster_key(8080), (RuleKey{RuleId::kInboundCluster, "8080"})); }

TEST(InboundCluster, CapturedTrafficKeepsItsAddress) {
  World world(workload(), own());
  const auto cluster = world.inbound("8080");
  EXPECT_EQ(cluster.name(), "inbound|8080||");
  EXPECT_EQ(cluster.type(), Cluster::ORIGINAL_DST);
  EXPECT_EQ(cluster.lb_policy(), Cluster::CLUSTER_PROVIDED);
  EXPECT_EQ(cluster.upstream_bind_config().source_address().address(), "127.0.0.6");
  EXPECT_EQ(cluster.cleanup_interval().seconds(), 9223372035);
  EXPECT_EQ(cluster.circuit_breakers().thresholds(0).max_requests().value(), 4294967295u);
  EXPECT_EQ(cluster.metadata().filter_metadata().at("istio").fields().at("services").list_value().values_size(), 1);
}

TEST(InboundCluster, NoneForPortsNobodyTargets) {
  World world(workload(), own());
  EXPECT_TRUE(world.run(inbound_cluster, "9999").product.resources.empty());
}

TEST(InboundCluster, NoneWithoutInterception) {
  World world(workload(), own(mesh::InterceptionMode::kNone));
  EXPECT_TRUE(world.run(inbound_cluster, "8080").product.resources.empty());
}

TEST(InboundCluster, AmimeUpSendsToTheApplicationsAddress) {
  auto proxy = own(mesh::InterceptionMode::kNone);
  proxy.app_address = "127.1.2.3";
  World world(workload(), proxy);
  const auto cluster = world.inbound("8080");
  EXPECT_EQ(cluster.type(), Cluster::STATIC);
  EXPECT_EQ(application(cluster), "127.1.2.3 8080");
  EXPECT_FALSE(cluster.has_upstream_bind_config());
}

TEST(InboundCluster, LocalhostPolicy) {
  World world(with(workload(), mt::mesh_config(R"({"inboundTrafficPolicy": {"mode": "LOCALHOST"}})")), own());
  const auto cluster = world.inbound("8080");
  EXPECT_EQ(cluster.type(), Cluster::STATIC);
  EXPECT_EQ(application(cluster), "127.0.0.1 8080");
  EXPECT_FALSE(cluster.has_upstream_bind_config());
}

TEST(InboundCluster, ProtocolOfThePort) {
  EXPECT_TRUE(http_options(World(workload("grpc:80:8080"), own()).inbound("8080")).explicit_http_config().has_http2_protocol_options());
  EXPECT_TRUE(http_options(World(workload("main:80:8080"), own()).inbound("8080")).has_use_downstream_protocol_config());
  EXPECT_TRUE(World(workload(), own()).inbound("8080").typed_extension_protocol_options().empty());
}

TEST(InboundCluster, ConnectionPoolOfTheRuleButNothingElse) {
  World world(
      with(
          workload(),
          mt::destination_rule(
              "default", "s",
              R"({"host": "s", "trafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 5}}, "outlierDetection": {}, "tls": {"mode": "SIMPLE"}}})")),
      own());
  const auto cluster = world.inbound("8080");
  EXPECT_EQ(cluster.circuit_breakers().thresholds(0).max_connections().value(), 5u);
  EXPECT_FALSE(cluster.has_outlier_detection());
  EXPECT_FALSE(cluster.has_transport_socket());
  EXPECT_EQ(cluster.metadata().filter_metadata().at("istio").fields().at("config").string_value(),
            "/apis/networking.istio.io/v1/namespaces/default/destination-rule/s");
}

TEST(InboundCluster, SidecarsPoolWins) {
  World world(
      with(with(workload(), mt::destination_rule("default", "s",
                                                 R"({"host": "s", "trafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 5}}}})")),
           mt::sidecar("default", "default", R"({"inboundConnectionPool": {"tcp": {"maxConnections": 6}}})")),
      own());
  EXPECT_EQ(world.inbound("8080").circuit_breakers().thresholds(0).max_connections().value(), 6u);
}

mesh::ObjectPtr ingress(const std::string& listener) {
  return mt::sidecar("default", "default", R"({"ingress": [)" + listener + R"(], "egress": [{"hosts": ["*/*"]}]})");
}

TEST(InboundCluster, IngressListenersReplaceServices) {
  World world(
      with(
          workload(),
          ingress(
              R"({"port": {"number": 9080, "protocol": "GRPC", "name": "grpc"}, "defaultEndpoint": "127.0.0.1:7070", "connectionPool": {"http": {"http2MaxRequests": 2}}})")),
      own());
  EXPECT_TRUE(world.run(inbound_cluster, "8080").product.resources.empty());
  const auto cluster = world.inbound("9080");
  EXPECT_EQ(cluster.name(), "inbound|9080||");
  EXPECT_EQ(application(cluster), "127.0.0.1 7070");
  EXPECT_FALSE(cluster.has_upstream_bind_config());
  EXPECT_EQ(cluster.circuit_breakers().thresholds(0).max_requests().value(), 2u);
  EXPECT_TRUE(http_options(cluster).explicit_http_config().has_http2_protocol_options());
}

TEST(InboundCluster, DefaultEndpoints) {
  const auto at = [](const std::string& endpoint, mesh::ProxyFacts proxy) {
    World world(with(workload(),
                     ingress(R"({"port": {"number": 9080, "protocol": "HTTP", "name": "http"}, "defaultEndpoint": ")" + endpoint + "\"}")),
                std::move(proxy));
    return world.inbound("9080");
  };
  const auto own_ip = at("0.0.0.0:7070", own());
  EXPECT_EQ(application(own_ip), "10.0.0.1 7070");
  EXPECT_EQ(own_ip.upstream_bind_config().source_address().address(), "127.0.0.6");
  EXPECT_EQ(application(at("[::1]:7070", own())), "127.0.0.1 7070");
  auto v6 = own();
  v6.ips = {"2001:db8::1"};
  EXPECT_EQ(application(at("127.0.0.1:7070", v6)), "::1 7070");
  EXPECT_EQ(application(at("[::]:7070", v6)), "2001:db8::1 7070");
  const auto socket = at("unix:///run/app.sock", own());
  EXPECT_EQ(application(socket), "/run/app.sock");
  EXPECT_FALSE(socket.has_upstream_bind_config());
  EXPECT_EQ(at("", own()).type(), Cluster::ORIGINAL_DST);
  auto local = own(mesh::InterceptionMode::kNone);
  local.app_address = "127.1.2.3";
  EXPECT_EQ(application(at("127.0.0.1:7070", local)), "127.1.2.3 7070");
  EXPECT_EQ(application(at("", local)), "127.1.2.3 9080");
}

TEST(InboundCluster, StatName) {
  World world(with(workload(), mt::mesh_config(R"({"inboundClusterStatName": "in_%SERVICE%_%TARGET_PORT%"})")), own());
  EXPECT_EQ(world.inbound("8080").alt_stat_name(), "in_s.default_8080;");
}

}  // namespace
}  // namespace amime::translate
