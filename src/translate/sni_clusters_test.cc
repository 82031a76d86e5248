#include "translate/sni_clusters.h"

#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "translate/cluster_testing.h"
#include "translate/listener_testing.h"
#include "translate/rules.h"

namespace amime::translate {
namespace {

namespace mt = mesh::testing;
using cluster_testing::World;
using listener_testing::ListenerWorld;
using Strings = std::vector<std::string>;

constexpr const char* kWeb = "web.default.svc.cluster.local";

mesh::ProxyFacts router() { return mt::router("istio-system", {{"istio", "eastwest"}}); }

std::vector<mesh::ObjectPtr> mesh_with(const std::string& policy, const std::string& hosts = R"("*.local")") {
  return {
      mt::gateway(
          "istio-system", "eastwest",
          R"({"selector": {"istio": "eastwest"}, "servers": [{"port": {"number": 15443, "name": "tls", "protocol": "TLS"}, "hosts": [)" +
              hosts + R"(], "tls": {"mode": "AUTO_PASSTHROUGH"}}]})"),
      mt::service("default", "web", "10.96.0.1", {"http:80:8080"}),
      mt::pod("default", "web-0", "10.0.0.1", {{"security.istio.io/tlsMode", "istio"}, {"version", "v1"}}),
      mt::pod("default", "web-1", "10.0.0.2", {{"version", "v1"}}),
      mt::endpoint_slice("default", "web-1", "web", {"http:8080"}, {mt::endpoint("10.0.0.1", "web-0"), mt::endpoint("10.0.0.2", "web-1")}),
      mt::destination_rule(
          "default", "web",
          R"({"host": "web", "subsets": [{"name": "v1", "labels": {"version": "v1"}}])" + (policy.empty() ? "" : ", " + policy) + "}")};
}

TEST(SniClusters, AChainForEveryPortAndSubset) {
  ListenerWorld world(mesh_with(R"("trafficPolicy": {"tunnel": {"targetHost": "x", "targetPort": 1}})"), router());
  const auto listener = world.gateway().at("0.0.0.0_15443");
  ASSERT_EQ(listener.filter_chains_size(), 2);
  EXPECT_EQ(listener_testing::listener_filters(listener), Strings{"tls_inspector"});
  const auto& match = listener.filter_chains(1).filter_chain_match();
  EXPECT_EQ(match.server_names(0), "outbound_.80_.v1_." + std::string(kWeb));
  EXPECT_EQ(listener_testing::strings(match.application_protocols()),
            (Strings{"istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"}));
  const auto proxy = listener_testing::tcp_of(listener.filter_chains(1));
  EXPECT_EQ(proxy.cluster(), "outbound_.80_.v1_." + std::string(kWeb));
  EXPECT_FALSE(proxy.has_tunneling_config()) << "the client's bytes go on as they are";
  EXPECT_FALSE(listener.filter_chains(1).has_transport_socket());
  EXPECT_TRUE(world.asked_for({RuleId::kSniClusters, kWeb}));
}

TEST(SniClusters, HostsSayWhichServices) {
  ListenerWorld world(mesh_with("", R"("*.shop.svc.cluster.local")"), router());
  EXPECT_TRUE(world.gateway().empty());
  EXPECT_TRUE(world.noted("dangling", "they cover no service"));
}

TEST(SniClusters, WithoutTlsOfTheirOwn) {
  const World world(mesh_with(R"("trafficPolicy": {"tls": {"mode": "SIMPLE"}, "proxyProtocol": {}})"), router());
  const auto run = world.run(sni_cluster, "80||" + std::string(kWeb));
  const auto* resource = run.find("outbound_.80_._." + std::string(kWeb));
  ASSERT_NE(resource, nullptr);
  envoy::config::cluster::v3::Cluster cluster;
  cluster.ParseFromString(std::string(resource->message()));
  EXPECT_FALSE(cluster.has_transport_socket());
  EXPECT_EQ(cluster.eds_cluster_config().service_name(), resource->name);
}

Strings addresses(const std::string& policy) {
  const auto run = World(mesh_with(policy), router()).run(sni_endpoints, "80|v1|" + std::string(kWeb));
  envoy::config::endpoint::v3::ClusterLoadAssignment assignment;
  if (const auto* resource = run.find("outbound_.80_.v1_." + std::string(kWeb)))
    assignment.ParseFromString(std::string(resource->message()));
  Strings out;
  for (const auto& group : assignment.endpoints())
    for (const auto& one : group.lb_endpoints()) out.push_back(one.endpoint().address().socket_address().address());
  return out;
}

TEST(SniClusters, LeadOnlyToEndpointsThatSpeakMutualTls) {
  EXPECT_EQ(addresses(""), Strings{"10.0.0.1"});
  EXPECT_EQ(addresses(R"("trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}})"), Strings{"10.0.0.1"});
  EXPECT_EQ(addresses(R"("trafficPolicy": {"tls": {"mode": "DISABLE"}})"), Strings{});
}

}  // namespace
}  // namespace amime::translate
