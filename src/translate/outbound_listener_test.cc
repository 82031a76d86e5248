#include <fmt/format.h>
#include <gtest/gtest.h>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "translate/listener_testing.h"
#include "translate/route_table.h"

namespace amime::translate {
namespace {

using namespace listener_testing;
namespace mt = mesh::testing;
using Strings = std::vector<std::string>;

mesh::ProxyFacts none_proxy() {
  auto proxy = mt::proxy("default");
  proxy.interception = mesh::InterceptionMode::kNone;
  return proxy;
}
mesh::ProxyFacts local_proxy() {
  auto proxy = none_proxy();
  proxy.bind_address = "127.1.2.3";
  return proxy;
}

TEST(OutboundListener, HttpServicesOfAPortShareAListenerOnTheWildcard) {
  ListenerWorld world({mt::service("default", "a", "10.96.0.1", {"http:80"}), mt::service("default", "b", "10.96.0.2", {"grpc:80"})},
                      mt::proxy("default"));
  const auto listeners = world.outbound();
  EXPECT_EQ(names(listeners), (Strings{"0.0.0.0_80", "virtualOutbound"}));
  const Listener& listener = listeners.at("0.0.0.0_80");
  EXPECT_FALSE(listener.bind_to_port().value());
  EXPECT_TRUE(listener.has_bind_to_port());
  EXPECT_EQ(listener.traffic_direction(), envoy::config::core::v3::OUTBOUND);
  EXPECT_EQ(listener_filters(listener), Strings{"http_inspector"});
  EXPECT_TRUE(listener.continue_on_listener_filters_timeout());
  EXPECT_TRUE(listener.has_listener_filters_timeout());
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_EQ(strings(listener.filter_chains(0).filter_chain_match().application_protocols()), (Strings{"http/1.1", "h2c"}));
  EXPECT_EQ(listener.filter_chains(0).filter_chain_match().transport_protocol(), "raw_buffer");
  const auto hcm = hcm_of(listener.filter_chains(0));
  EXPECT_EQ(hcm.rds().route_config_name(), "80");
  EXPECT_EQ(hcm.stat_prefix(), "outbound_0.0.0.0_80;");
  EXPECT_EQ(listener.default_filter_chain().name(), "PassthroughFilterChain");
  EXPECT_EQ(tcp_of(listener.default_filter_chain()).cluster(), "PassthroughCluster");
  EXPECT_TRUE(world.asked_for(route_table_key(0, "80")));
  EXPECT_EQ(world.refs("0.0.0.0_80"), (Strings{"80", "PassthroughCluster"}));
}

TEST(OutboundListener, ATcpServiceHasItsOwnAddress) {
  ListenerWorld world({mt::service("default", "db", "10.96.0.1", {"tcp:5432"})}, mt::proxy("default"));
  const auto listeners = world.outbound();
  const Listener& listener = listeners.at("10.96.0.1_5432");
  EXPECT_EQ(listener.address().socket_address().address(), "10.96.0.1");
  EXPECT_TRUE(listener.listener_filters().empty());
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_FALSE(listener.filter_chains(0).has_filter_chain_match());
  EXPECT_FALSE(listener.has_default_filter_chain());
  const auto tcp = tcp_of(listener.filter_chains(0));
  EXPECT_EQ(tcp.cluster(), "outbound|5432||db.default.svc.cluster.local");
  EXPECT_EQ(tcp.stat_prefix(), "outbound|5432||db.default.svc.cluster.local");
}

TEST(OutboundListener, AnUnknownProtocolIsLookedAt) {
  ListenerWorld world({mt::service("default", "any", "10.96.0.1", {":9000"})}, mt::proxy("default"));
  const auto listeners = world.outbound();
  const Listener& listener = listeners.at("10.96.0.1_9000");
  EXPECT_EQ(listener_filters(listener), Strings{"http_inspector"});
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_EQ(hcm_of(listener.filter_chains(0)).rds().route_config_name(), "any.default.svc.cluster.local:9000");
  EXPECT_EQ(tcp_of(listener.default_filter_chain()).cluster(), "outbound|9000||any.default.svc.cluster.local");
  EXPECT_TRUE(world.asked_for(route_table_key(0, "any.default.svc.cluster.local:9000")));
}

TEST(OutboundListener, VirtualOutboundTakesWhatIsCaptured) {
  ListenerWorld world({}, mt::proxy("default"));
  const auto listeners = world.outbound();
  const Listener& listener = listeners.at("virtualOutbound");
  EXPECT_EQ(listener.address().socket_address().port_value(), 15001u);
  EXPECT_TRUE(listener.use_original_dst().value());
  ASSERT_EQ(listener.filter_chains_size(), 2);
  EXPECT_EQ(listener.filter_chains(0).name(), "virtualOutbound-blackhole");
  EXPECT_EQ(listener.filter_chains(0).filter_chain_match().destination_port().value(), 15001u);
  EXPECT_EQ(listener.filter_chains(1).name(), "virtualOutbound-catchall-tcp");
  EXPECT_EQ(tcp_of(listener.filter_chains(1)).cluster(), "PassthroughCluster");
}

TEST(OutboundListener, RegistryOnlyLeadsUnknownTrafficNowhere) {
  ListenerWorld world(
      {mt::mesh_config(R"({"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}})"), mt::service("default", "a", "10.96.0.1", {"http:80"})},
      mt::proxy("default"));
  const auto listeners = world.outbound();
  EXPECT_EQ(tcp_of(listeners.at("virtualOutbound").filter_chains(1)).cluster(), "BlackHoleCluster");
  EXPECT_EQ(tcp_of(listeners.at("0.0.0.0_80").default_filter_chain()).cluster(), "BlackHoleCluster");
}

TEST(OutboundListener, ASidecarsPolicyIsStrongerThanTheMeshs) {
  ListenerWorld world({mt::mesh_config(R"({"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}})"),
                       mt::sidecar("default", "default", R"({"outboundTrafficPolicy": {"mode": "ALLOW_ANY",
                         "egressProxy": {"host": "egress", "port": {"number": 8080}, "subset": "v1"}}})")},
                      mt::proxy("default"));
  EXPECT_EQ(tcp_of(world.outbound().at("virtualOutbound").filter_chains(1)).cluster(), "outbound|8080|v1|egress.default.svc.cluster.local");
}

TEST(OutboundListener, WithoutInterceptionPortsAreBoundOnTheLocalHost) {
  ListenerWorld world({mt::service("default", "a", "10.96.0.1", {"http:80"}), mt::service("default", "db", "10.96.0.2", {"tcp:5432"})},
                      none_proxy());
  const auto listeners = world.outbound();
  EXPECT_EQ(names(listeners), (Strings{"127.0.0.1_5432", "127.0.0.1_80"}));
  const Listener& listener = listeners.at("127.0.0.1_80");
  EXPECT_FALSE(listener.has_bind_to_port());
  EXPECT_TRUE(listener.listener_filters().empty());
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_FALSE(listener.filter_chains(0).has_filter_chain_match());
  EXPECT_FALSE(listener.has_default_filter_chain());
  EXPECT_EQ(hcm_of(listener.filter_chains(0)).rds().route_config_name(), "80");
}

TEST(OutboundListener, LocalModeBindsAtItsAddressAndMovesPrivilegedPorts) {
  ListenerWorld world({mt::service("default", "a", "10.96.0.1", {"http:80"}), mt::service("default", "any", "10.96.0.2", {":80"})},
                      local_proxy());
  const auto listeners = world.outbound();
  EXPECT_EQ(names(listeners), Strings{"127.1.2.3_80"});
  const Listener& listener = listeners.at("127.1.2.3_80");
  EXPECT_EQ(listener.address().socket_address().address(), "127.1.2.3");
  EXPECT_EQ(listener.address().socket_address().port_value(), 10080u);
  EXPECT_EQ(hcm_of(listener.filter_chains(0)).rds().route_config_name(), "80") << "one table for the port, whatever the protocols";
}

TEST(OutboundListener, AtALocalAddressTheNameTellsTlsHostsApart) {
  const auto entry = [](const char* name) {
    return mt::service_entry("default", name,
                             fmt::format(R"({{"hosts": ["{}.example"], "ports": [{{"number": 443, "name": "tls",
        "protocol": "TLS"}}], "resolution": "STATIC", "endpoints": [{{"address": "10.7.0.1"}}]}})",
                                         name));
  };
  ListenerWorld world({entry("a"), entry("b")}, local_proxy());
  const auto listeners = world.outbound();
  const Listener& listener = listeners.at("127.1.2.3_443");
  ASSERT_EQ(listener.filter_chains_size(), 2);
  EXPECT_EQ(strings(listener.filter_chains(0).filter_chain_match().server_names()), Strings{"a.example"});
  EXPECT_EQ(strings(listener.filter_chains(1).filter_chain_match().server_names()), Strings{"b.example"});
}

TEST(OutboundListener, HeadlessTcpHasAListenerForEachPod) {
  ListenerWorld world({mt::service("default", "set", "None", {"tcp:9090"}),
                       mt::endpoint_slice("default", "set-1", "set", {"tcp:9090"}, {mt::endpoint("10.1.0.1"), mt::endpoint("10.1.0.2")})},
                      mt::proxy("default"));
  const auto listeners = world.outbound();
  EXPECT_EQ(names(listeners), (Strings{"10.1.0.1_9090", "10.1.0.2_9090", "virtualOutbound"}));
  EXPECT_EQ(tcp_of(listeners.at("10.1.0.1_9090").filter_chains(0)).cluster(), "outbound|9090||set.default.svc.cluster.local");
  EXPECT_FALSE(world.read(RuleId::kOutboundListener, Ask::kProxyAddresses)) << "what one pod's own is would keep pods from sharing";
  EXPECT_FALSE(world.read(RuleId::kOutboundListeners, Ask::kEndpoints)) << "endpoints must not touch the list of listeners";
}

TEST(OutboundListener, TwoHeadlessServicesMaySharePods) {
  ListenerWorld world({mt::service("default", "a", "None", {"tcp:9090"}), mt::service("default", "b", "None", {"tcp:9090"}),
                       mt::endpoint_slice("default", "a-1", "a", {"tcp:9090"}, {mt::endpoint("10.1.0.1")}),
                       mt::endpoint_slice("default", "b-1", "b", {"tcp:9090"}, {mt::endpoint("10.1.0.1")})},
                      mt::proxy("default"));
  const auto listeners = world.outbound();
  ASSERT_EQ(listeners.count("10.1.0.1_9090"), 1u);
  EXPECT_EQ(tcp_of(listeners.at("10.1.0.1_9090").filter_chains(0)).cluster(), "outbound|9090||a.default.svc.cluster.local");
  EXPECT_TRUE(world.noted("conflict", "a.default"));
}

TEST(OutboundListener, HeadlessHttpSharesThePortsListener) {
  ListenerWorld world({mt::service("default", "set", "None", {"http:9090"}),
                       mt::endpoint_slice("default", "set-1", "set", {"http:9090"}, {mt::endpoint("10.1.0.1")})},
                      mt::proxy("default"));
  EXPECT_EQ(names(world.outbound()), (Strings{"0.0.0.0_9090", "virtualOutbound"}));
}

TEST(OutboundListener, ServiceEntriesStandAtTheirAddressesOrOnTheWildcard) {
  ListenerWorld world({mt::service_entry("default", "vip", R"({"hosts": ["vip.example"], "addresses": ["10.5.0.1", "10.5.0.2/32"],
                         "ports": [{"number": 7000, "name": "tcp", "protocol": "TCP"}], "resolution": "DNS"})"),
                       mt::service_entry("default", "range", R"({"hosts": ["range.example"], "addresses": ["10.6.0.0/16"],
                         "ports": [{"number": 7001, "name": "tcp", "protocol": "TCP"}], "resolution": "NONE"})"),
                       mt::service_entry("default", "bare", R"({"hosts": ["bare.example"],
                         "ports": [{"number": 7002, "name": "tcp", "protocol": "TCP"}], "resolution": "NONE"})")},
                      mt::proxy("default"));
  const auto listeners = world.outbound();
  EXPECT_EQ(names(listeners), (Strings{"0.0.0.0_7001", "0.0.0.0_7002", "10.5.0.1_7000", "10.5.0.2_7000", "virtualOutbound"}));
  const Listener& range = listeners.at("0.0.0.0_7001");
  ASSERT_EQ(range.filter_chains_size(), 1);
  EXPECT_EQ(range.filter_chains(0).filter_chain_match().prefix_ranges(0).address_prefix(), "10.6.0.0");
  EXPECT_EQ(tcp_of(range.default_filter_chain()).cluster(), "PassthroughCluster");
  EXPECT_EQ(tcp_of(listeners.at("0.0.0.0_7002").filter_chains(0)).cluster(), "outbound|7002||bare.example");
}

TEST(OutboundListener, TheProxysOwnPortsAreNotServicesPorts) {
  ListenerWorld world({mt::service("default", "a", "10.96.0.1", {"http:15006"}), mt::service("default", "b", "10.96.0.2", {"tcp:15001"})},
                      mt::proxy("default"));
  EXPECT_EQ(names(world.outbound()), (Strings{"10.96.0.2_15001", "virtualOutbound"}));
  EXPECT_TRUE(world.noted("conflict", "15006"));
}

TEST(OutboundListener, UdpAndExternalNamesHaveNone) {
  ListenerWorld world({mt::edited(mt::service("default", "dns", "10.96.0.1", {"udp:53"}),
                                  [](mesh::Object& o) { std::get<mesh::KubeService>(o.payload).ports[0].protocol = "UDP"; }),
                       mt::edited(mt::service("default", "ext", "", {"http:80"}),
                                  [](mesh::Object& o) {
                                    auto& service = std::get<mesh::KubeService>(o.payload);
                                    service.type = "ExternalName";
                                    service.external_name = "example.com";
                                  })},
                      mt::proxy("default"));
  EXPECT_EQ(names(world.outbound()), Strings{"virtualOutbound"});
}

TEST(OutboundListener, DualStackHasAdditionalAddresses) {
  auto proxy = mt::proxy("default");
  proxy.ips = {"10.9.9.9", "fd00::9"};
  const auto dual = mt::edited(mt::service("default", "db", "10.96.0.1", {"tcp:5432"}),
                               [](mesh::Object& o) { std::get<mesh::KubeService>(o.payload).cluster_ips.push_back("fd00::1"); });
  ListenerWorld world({dual, mt::service("default", "a", "10.96.0.2", {"http:80"})}, proxy);
  const auto listeners = world.outbound();
  EXPECT_EQ(listeners.at("10.96.0.1_5432").additional_addresses(0).address().socket_address().address(), "fd00::1");
  EXPECT_EQ(listeners.at("0.0.0.0_80").additional_addresses(0).address().socket_address().address(), "::");
  EXPECT_EQ(listeners.at("virtualOutbound").additional_addresses(0).address().socket_address().address(), "::");

  ListenerWorld v4({dual}, mt::proxy("default"));
  EXPECT_TRUE(v4.outbound().at("10.96.0.1_5432").additional_addresses().empty());
}

TEST(OutboundListener, AnHttpProxyPortServesAllServices) {
  ListenerWorld world({mt::mesh_config(R"({"proxyHttpPort": 15080})")}, mt::proxy("default"));
  const auto listeners = world.outbound();
  const Listener& listener = listeners.at("127.0.0.1_15080");
  const auto hcm = hcm_of(listener.filter_chains(0));
  EXPECT_EQ(hcm.rds().route_config_name(), "http_proxy");
  EXPECT_TRUE(hcm.http_protocol_options().allow_absolute_url().value());
  EXPECT_TRUE(world.asked_for(route_table_key(0, "http_proxy")));
}

TEST(OutboundListener, OneGrpcWebServiceGivesThePortItsFilter) {
  ListenerWorld world({mt::service("default", "a", "10.96.0.1", {"http:80"}), mt::service("default", "b", "10.96.0.2", {"grpc-web:80"})},
                      mt::proxy("default"));
  EXPECT_EQ(hcm_of(world.outbound().at("0.0.0.0_80").filter_chains(0)).http_filters(0).name(), "envoy.filters.http.grpc_web");
}

TEST(OutboundListener, SharedListenersAskNothingOfTheProxyItself) {
  ListenerWorld world({mt::service("default", "a", "10.96.0.1", {"http:80"}), mt::service("default", "db", "10.96.0.2", {"tcp:5432"})},
                      mt::proxy("default"));
  world.outbound();
  for (const auto id : {RuleId::kOutbound, RuleId::kOutboundListeners, RuleId::kOutboundListener})
    for (const auto ask : {Ask::kProxyAddresses, Ask::kProxyIdentity, Ask::kProxyLabels, Ask::kProxyLocality})
      EXPECT_FALSE(world.read(id, ask)) << static_cast<int>(id) << " " << static_cast<int>(ask);
}

}  // namespace
}  // namespace amime::translate
