#include <gtest/gtest.h>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "translate/listener_testing.h"

namespace amime::translate {
namespace {

using namespace listener_testing;
namespace mt = mesh::testing;
using Strings = std::vector<std::string>;

constexpr const char* kVip = "10.96.0.1_5432";
mesh::ObjectPtr db() { return mt::service("default", "db", "10.96.0.1", {"tcp:5432"}); }
mesh::ObjectPtr vs(const std::string& tcp) { return mt::virtual_service("default", "db", R"({"hosts": ["db"], "tcp": )" + tcp + "}"); }

TEST(OutboundTcp, WeightsSplitConnections) {
  ListenerWorld world({db(), vs(R"([{"route": [{"destination": {"host": "db", "subset": "blue"}, "weight": 75},
                                               {"destination": {"host": "db", "subset": "green"}, "weight": 25},
                                               {"destination": {"host": "db", "subset": "off"}, "weight": 0}]}])")},
                      mt::proxy("default"));
  const Listener listener = world.outbound().at(kVip);
  const auto tcp = tcp_of(listener.filter_chains(0));
  ASSERT_EQ(tcp.weighted_clusters().clusters_size(), 2);
  EXPECT_EQ(tcp.weighted_clusters().clusters(0).name(), "outbound|5432|blue|db.default.svc.cluster.local");
  EXPECT_EQ(tcp.weighted_clusters().clusters(0).weight(), 75u);
  EXPECT_EQ(tcp.stat_prefix(), "db.default");
  const auto& metadata = listener.filter_chains(0).metadata().filter_metadata().at("istio").fields();
  EXPECT_EQ(metadata.at("config").string_value(), "/apis/networking.istio.io/v1/namespaces/default/virtual-service/db");
}

TEST(OutboundTcp, OneDestinationTakesTheServicesOnlyPort) {
  ListenerWorld world(
      {db(), mt::service("default", "other", "10.96.0.2", {"tcp:7000"}), vs(R"([{"route": [{"destination": {"host": "other"}}]}])")},
      mt::proxy("default"));
  const auto tcp = tcp_of(world.outbound().at(kVip).filter_chains(0));
  EXPECT_EQ(tcp.cluster(), "outbound|7000||other.default.svc.cluster.local");
  EXPECT_EQ(tcp.stat_prefix(), tcp.cluster());
}

TEST(OutboundTcp, MatchesThatAreNotThisProxysAreLeftOut) {
  const std::string route = R"("route": [{"destination": {"host": "db", "subset": "x"}}])";
  const auto cluster = [&](const std::string& match, mesh::Labels labels = {}) {
    ListenerWorld world({db(), vs(R"([{"match": [)" + match + "], " + route + "}]")}, mt::proxy("default", "client", "10.9.9.9", labels));
    return tcp_of(world.outbound().at(kVip).filter_chains(0)).cluster();
  };
  const std::string routed = "outbound|5432|x|db.default.svc.cluster.local", plain = "outbound|5432||db.default.svc.cluster.local";
  EXPECT_EQ(cluster(R"({"port": 5432})"), routed);
  EXPECT_EQ(cluster(R"({"port": 1})"), plain);
  EXPECT_EQ(cluster(R"({"sourceLabels": {"app": "a"}})"), plain);
  EXPECT_EQ(cluster(R"({"sourceLabels": {"app": "a"}})", {{"app", "a"}}), routed);
  EXPECT_EQ(cluster(R"({"sourceNamespace": "default"})"), routed);
  EXPECT_EQ(cluster(R"({"sourceNamespace": "else"})"), plain);
  EXPECT_EQ(cluster(R"({"gateways": ["mesh"]})"), routed);
  EXPECT_EQ(cluster(R"({"gateways": ["gw"]})"), plain);
}

TEST(OutboundTcp, LabelsOfTheProxyAreReadOnlyWhereAMatchAsks) {
  ListenerWorld world({db(), vs(R"([{"match": [{"port": 5432}], "route": [{"destination": {"host": "db"}}]}])")}, mt::proxy("default"));
  world.outbound();
  EXPECT_FALSE(world.read(RuleId::kOutboundListener, Ask::kProxyLabels));
}

TEST(OutboundTcp, SubnetsBecomeChainsAndTheServiceStaysTheRest) {
  ListenerWorld world({db(), vs(R"([{"match": [{"destinationSubnets": ["10.1.0.0/16"]}, {"destinationSubnets": ["10.2.0.0/16"]}],
                                    "route": [{"destination": {"host": "db", "subset": "x"}}]}])")},
                      mt::proxy("default"));
  const Listener listener = world.outbound().at(kVip);
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_EQ(listener.filter_chains(0).filter_chain_match().prefix_ranges_size(), 2);
  EXPECT_EQ(tcp_of(listener.filter_chains(0)).cluster(), "outbound|5432|x|db.default.svc.cluster.local");
  EXPECT_EQ(tcp_of(listener.default_filter_chain()).cluster(), "outbound|5432||db.default.svc.cluster.local");
}

TEST(OutboundTcp, TheDestinationRuleOfTheFirstDestinationSetsTimes) {
  ListenerWorld world({db(), mt::destination_rule("default", "db", R"({"host": "db", "trafficPolicy": {
                         "connectionPool": {"tcp": {"idleTimeout": "30s", "maxConnectionDuration": "60s"}},
                         "loadBalancer": {"consistentHash": {"useSourceIp": true}}}})")},
                      mt::proxy("default"));
  const auto tcp = tcp_of(world.outbound().at(kVip).filter_chains(0));
  EXPECT_EQ(tcp.idle_timeout().seconds(), 30);
  EXPECT_EQ(tcp.max_downstream_connection_duration().seconds(), 60);
  EXPECT_TRUE(tcp.hash_policy(0).has_source_ip());
}

TEST(OutboundTcp, ASubsetsLoadBalancerStandsInForTheRules) {
  ListenerWorld world(
      {db(), vs(R"([{"route": [{"destination": {"host": "db", "subset": "x"}}]}])"),
       mt::destination_rule("default", "db", R"({"host": "db", "trafficPolicy": {"loadBalancer": {"consistentHash": {"useSourceIp": true}}},
                         "subsets": [{"name": "x", "trafficPolicy": {"loadBalancer": {"simple": "RANDOM"}}}]})")},
      mt::proxy("default"));
  EXPECT_TRUE(tcp_of(world.outbound().at(kVip).filter_chains(0)).hash_policy().empty());
}

TEST(OutboundTcp, ATunnelIsSetOnTheProxy) {
  ListenerWorld world({db(), mt::destination_rule("default", "db", R"({"host": "db", "trafficPolicy": {
                         "tunnel": {"protocol": "POST", "targetHost": "far.example", "targetPort": 443}}})")},
                      mt::proxy("default"));
  const auto tcp = tcp_of(world.outbound().at(kVip).filter_chains(0));
  EXPECT_EQ(tcp.tunneling_config().hostname(), "far.example:443");
  EXPECT_TRUE(tcp.tunneling_config().use_post());
}

// --- TLS ---

mesh::ObjectPtr https_entry(std::string name) {
  return mt::service_entry("default", name, R"({"hosts": [")" + name + R"(.example"], "resolution": "DNS",
      "ports": [{"number": 443, "name": "https", "protocol": "HTTPS"}]})");
}

TEST(OutboundTls, ServicesWithoutAddressAreToldApartByName) {
  ListenerWorld world({https_entry("a"), https_entry("b")}, mt::proxy("default"));
  const Listener listener = world.outbound().at("0.0.0.0_443");
  EXPECT_EQ(listener_filters(listener), Strings{"tls_inspector"});
  ASSERT_EQ(listener.filter_chains_size(), 2);
  EXPECT_EQ(strings(listener.filter_chains(0).filter_chain_match().server_names()), Strings{"a.example"});
  EXPECT_EQ(tcp_of(listener.filter_chains(1)).cluster(), "outbound|443||b.example");
  EXPECT_EQ(tcp_of(listener.default_filter_chain()).cluster(), "PassthroughCluster");
}

TEST(OutboundTls, AServiceWithAnAddressNeedsNoName) {
  ListenerWorld world({mt::service("default", "s", "10.96.0.1", {"https:443"})}, mt::proxy("default"));
  const Listener listener = world.outbound().at("10.96.0.1_443");
  EXPECT_TRUE(listener.listener_filters().empty());
  EXPECT_FALSE(listener.filter_chains(0).has_filter_chain_match());
}

TEST(OutboundTls, RoutesMatchNamesAndTheFirstOfEqualMatchesWins) {
  ListenerWorld world({https_entry("a"), mt::virtual_service("default", "a", R"({"hosts": ["a.example"], "tls": [
                         {"match": [{"port": 443, "sniHosts": ["a.example", "www.a.example"]}], "route": [{"destination": {"host": "one.example"}}]},
                         {"match": [{"sniHosts": ["a.example", "www.a.example"]}], "route": [{"destination": {"host": "two.example"}}]},
                         {"match": [{"sniHosts": ["b.example"], "gateways": ["gw"]}], "route": [{"destination": {"host": "two.example"}}]}]})")},
                      mt::proxy("default"));
  const Listener listener = world.outbound().at("0.0.0.0_443");
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_EQ(strings(listener.filter_chains(0).filter_chain_match().server_names()), (Strings{"a.example", "www.a.example"}));
  EXPECT_EQ(tcp_of(listener.filter_chains(0)).cluster(), "outbound|443||one.example");
}

}  // namespace
}  // namespace amime::translate
