#include <gtest/gtest.h>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "translate/listener_testing.h"

namespace amime::translate {
namespace {

using namespace listener_testing;
namespace mt = mesh::testing;
using Strings = std::vector<std::string>;

mesh::ProxyFacts gw() { return mt::router("ingress", {{"istio", "ingress"}}); }
mesh::ObjectPtr gateway(const std::string& server) {
  return mt::gateway("ingress", "gw", R"({"selector": {"istio": "ingress"}, "servers": [)" + server + "]}");
}
const char* const kTcp = R"({"port": {"number": 9000, "name": "tcp", "protocol": "TCP"}, "hosts": ["*"]})";
const char* const kPass =
    R"({"port": {"number": 9443, "name": "tls", "protocol": "TLS"}, "hosts": ["a.com", "b.com"], "tls": {"mode": "PASSTHROUGH"}})";
mesh::ObjectPtr vs(const std::string& rest, std::string name = "v", std::string host = "*") {
  return mt::virtual_service("default", name, R"({"hosts": [")" + host + R"("], "gateways": ["ingress/gw"], )" + rest + "}");
}

TEST(GatewayTcp, TheFirstRouteThatAppliesTakesAll) {
  ListenerWorld world({gateway(kTcp), mt::service("default", "db", "10.96.0.1", {"tcp:5432"}),
                       vs(R"("tcp": [{"match": [{"port": 1}], "route": [{"destination": {"host": "no"}}]},
                                     {"match": [{"port": 9000, "gateways": ["ingress/gw"]}], "route": [{"destination": {"host": "db"}}]}])")},
                      gw());
  const Listener listener = world.gateway().at("0.0.0.0_9000");
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_EQ(tcp_of(listener.filter_chains(0)).cluster(), "outbound|5432||db.default.svc.cluster.local");
  EXPECT_FALSE(listener.filter_chains(0).has_filter_chain_match());
}

TEST(GatewayTcp, WithoutARouteThereIsNoListener) {
  ListenerWorld world({gateway(kTcp)}, gw());
  EXPECT_TRUE(world.gateway().empty());
  EXPECT_TRUE(world.noted("dangling", "no VirtualService"));
}

TEST(GatewayTcp, PassthroughGoesByName) {
  ListenerWorld world(
      {gateway(kPass),
       vs(R"("tls": [{"match": [{"port": 9443, "sniHosts": ["a.com"]}], "route": [{"destination": {"host": "safe", "port": {"number": 443}}}]}])",
          "v", "a.com")},
      gw());
  const Listener listener = world.gateway().at("0.0.0.0_9443");
  EXPECT_EQ(listener_filters(listener), Strings{"tls_inspector"});
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_EQ(strings(listener.filter_chains(0).filter_chain_match().server_names()), Strings{"a.com"});
  EXPECT_FALSE(listener.filter_chains(0).has_transport_socket());
  EXPECT_EQ(tcp_of(listener.filter_chains(0)).cluster(), "outbound|443||safe.default.svc.cluster.local");
}

TEST(GatewayTcp, NamesAreTakenOnceAndOthersLeftOut) {
  ListenerWorld world(
      {gateway(kPass),
       mt::created_at(
           vs(R"("tls": [{"match": [{"sniHosts": ["a.com"]}], "route": [{"destination": {"host": "one.example"}}]}])", "v1", "a.com"), 1),
       mt::created_at(
           vs(R"("tls": [{"match": [{"sniHosts": ["a.com"]}], "route": [{"destination": {"host": "two.example"}}]}])", "v2", "a.com"), 2)},
      gw());
  const Listener listener = world.gateway().at("0.0.0.0_9443");
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_EQ(tcp_of(listener.filter_chains(0)).cluster(), "outbound|9443||one.example");
  EXPECT_TRUE(world.noted("conflict", "left out"));
}

TEST(GatewayTcp, HostsThatTheServerDoesNotOfferAreNotServed) {
  ListenerWorld world(
      {gateway(kPass),
       vs(R"("tls": [{"match": [{"sniHosts": ["c.com"]}], "route": [{"destination": {"host": "x.example"}}]}])", "v", "c.com")},
      gw());
  EXPECT_TRUE(world.gateway().empty());
}

TEST(GatewayTcp, AServerMayServeOneNamespaceOnly) {
  const std::string server = R"({"port": {"number": 9000, "name": "tcp", "protocol": "TCP"}, "hosts": ["else/*"]})";
  ListenerWorld world({gateway(server), vs(R"("tcp": [{"route": [{"destination": {"host": "db.example"}}]}])")}, gw());
  EXPECT_TRUE(world.gateway().empty());
}

TEST(GatewayTcp, TlsMayEndHereAndBytesGoOn) {
  const std::string server =
      R"({"port": {"number": 9443, "name": "tls", "protocol": "TLS"}, "hosts": ["a.com"], "tls": {"mode": "SIMPLE", "credentialName": "c"}})";
  ListenerWorld world({gateway(server), vs(R"("tcp": [{"route": [{"destination": {"host": "db.example"}}]}])", "v", "a.com")}, gw());
  const Listener listener = world.gateway().at("0.0.0.0_9443");
  EXPECT_TRUE(listener.filter_chains(0).has_transport_socket());
  EXPECT_EQ(strings(listener.filter_chains(0).filter_chain_match().server_names()), Strings{"a.com"});
  EXPECT_EQ(tcp_of(listener.filter_chains(0)).cluster(), "outbound|9443||db.example");
}

}  // namespace
}  // namespace amime::translate
