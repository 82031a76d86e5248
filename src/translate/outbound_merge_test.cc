#include <gtest/gtest.h>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "translate/listener_testing.h"

namespace amime::translate {
namespace {

using namespace listener_testing;
namespace mt = mesh::testing;
using Strings = std::vector<std::string>;

mesh::ObjectPtr bare_entry(std::string name, std::string protocol, int created) {
  return mt::created_at(mt::service_entry("default", name,
                                          R"({"hosts": [")" + name + R"(.example"], "resolution": "NONE",
      "ports": [{"number": 7000, "name": "p", "protocol": ")" +
                                              protocol + R"("}]})"),
                        created);
}
mesh::ProxyFacts none_proxy() {
  auto proxy = mt::proxy("default");
  proxy.interception = mesh::InterceptionMode::kNone;
  return proxy;
}

TEST(OutboundMerge, HttpAndTcpOnOneWildcardPortAreToldApartByLooking) {
  for (const bool http_first : {true, false}) {
    ListenerWorld world({bare_entry("web", "HTTP", http_first ? 1 : 2), bare_entry("raw", "TCP", http_first ? 2 : 1)},
                        mt::proxy("default"));
    const Listener listener = world.outbound().at("0.0.0.0_7000");
    ASSERT_EQ(listener.filter_chains_size(), 1) << http_first;
    EXPECT_EQ(hcm_of(listener.filter_chains(0)).rds().route_config_name(), "7000");
    EXPECT_EQ(tcp_of(listener.default_filter_chain()).cluster(), "outbound|7000||raw.example");
    EXPECT_EQ(listener_filters(listener), Strings{"http_inspector"});
  }
}

TEST(OutboundMerge, OfTwoTcpServicesTheOlderWins) {
  ListenerWorld world({bare_entry("young", "TCP", 2), bare_entry("old", "TCP", 1)}, mt::proxy("default"));
  const Listener listener = world.outbound().at("0.0.0.0_7000");
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_EQ(tcp_of(listener.filter_chains(0)).cluster(), "outbound|7000||old.example");
  EXPECT_TRUE(world.noted("conflict", "old.example"));
}

TEST(OutboundMerge, ServersThatSpeakFirstShareWithNobody) {
  ListenerWorld world({bare_entry("web", "HTTP", 1), bare_entry("sql", "MYSQL", 2)}, mt::proxy("default"));
  const Listener listener = world.outbound().at("0.0.0.0_7000");
  EXPECT_EQ(tcp_of(listener.default_filter_chain()).cluster(), "PassthroughCluster");

  ListenerWorld other({bare_entry("sql", "MYSQL", 1), bare_entry("web", "HTTP", 2)}, mt::proxy("default"));
  const Listener sql = other.outbound().at("0.0.0.0_7000");
  EXPECT_TRUE(sql.listener_filters().empty());
  ASSERT_EQ(sql.filter_chains_size(), 1);
  EXPECT_EQ(tcp_of(sql.filter_chains(0)).cluster(), "outbound|7000||sql.example");
}

TEST(OutboundMerge, MongoIsCountedRedisIsBytes) {
  ListenerWorld world({bare_entry("m", "MONGO", 1)}, mt::proxy("default"));
  const Listener mongo = world.outbound().at("0.0.0.0_7000");
  ASSERT_EQ(mongo.filter_chains(0).filters_size(), 2);
  EXPECT_EQ(mongo.filter_chains(0).filters(0).name(), "envoy.filters.network.mongo_proxy");
  ListenerWorld redis({bare_entry("r", "REDIS", 1)}, mt::proxy("default"));
  EXPECT_EQ(redis.outbound().at("0.0.0.0_7000").filter_chains(0).filters_size(), 1);
}

TEST(OutboundMerge, WithoutCaptureTheFirstServiceHasABoundPort) {
  ListenerWorld world({mt::created_at(mt::service("default", "a", "10.96.0.1", {"tcp:7000"}), 1),
                       mt::created_at(mt::service("default", "b", "10.96.0.2", {"tcp:7000"}), 2),
                       mt::created_at(mt::service("default", "c", "10.96.0.3", {"http:7000"}), 3)},
                      none_proxy());
  const Listener listener = world.outbound().at("127.0.0.1_7000");
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_EQ(tcp_of(listener.filter_chains(0)).cluster(), "outbound|7000||a.default.svc.cluster.local");
}

TEST(OutboundMerge, WithoutCaptureAnUnknownProtocolTakesTheHttpPort) {
  ListenerWorld world({mt::created_at(mt::service("default", "a", "10.96.0.1", {"http:7000"}), 1),
                       mt::created_at(mt::service("default", "b", "10.96.0.2", {":7000"}), 2)},
                      none_proxy());
  const Listener listener = world.outbound().at("127.0.0.1_7000");
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_EQ(hcm_of(listener.filter_chains(0)).rds().route_config_name(), "b.default.svc.cluster.local:7000");
}

TEST(OutboundMerge, RangesOnOnePortStandSideBySide) {
  const auto entry = [](std::string name, std::string range) {
    return mt::service_entry("default", name,
                             R"({"hosts": [")" + name + R"(.example"], "addresses": [")" + range +
                                 R"("], "resolution": "NONE", "ports": [{"number": 7000, "name": "tcp", "protocol": "TCP"}]})");
  };
  ListenerWorld world({entry("a", "10.1.0.0/16"), entry("b", "10.2.0.0/16"), entry("c", "10.2.3.4/16")}, mt::proxy("default"));
  const Listener listener = world.outbound().at("0.0.0.0_7000");
  EXPECT_EQ(listener.filter_chains_size(), 2);
  EXPECT_TRUE(world.noted("conflict", "b.example"));
}

}  // namespace
}  // namespace amime::translate
