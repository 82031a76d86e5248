#include <gtest/gtest.h>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "translate/inbound_cluster.h"
#include "translate/listener_testing.h"

namespace amime::translate {
namespace {

using namespace listener_testing;
namespace mt = mesh::testing;
using Strings = std::vector<std::string>;

constexpr const char* kIp = "10.1.0.1";
const std::map<std::string, std::string> kSelector{{"app", "a"}};

std::vector<mesh::ObjectPtr> workload(std::vector<std::string> ports) {
  std::vector<std::string> targets;
  for (const auto& port : ports) targets.push_back(port.substr(0, port.find(':')) + port.substr(port.rfind(':')));
  return {mt::pod("default", "a-1", kIp, {{"app", "a"}}), mt::service("default", "a", "10.96.0.1", ports, kSelector),
          mt::endpoint_slice("default", "a-1", "a", targets, {mt::endpoint(kIp, "a-1")})};
}
mesh::ProxyFacts own_proxy() { return mt::proxy("default", "a-1", kIp, {{"app", "a"}}); }

const FilterChain* chain_of(const Listener& listener, std::uint32_t port, bool sniffed = false) {
  for (const auto& chain : listener.filter_chains())
    if (chain.filter_chain_match().destination_port().value() == port &&
        (chain.filter_chain_match().application_protocols_size() > 0) == sniffed)
      return &chain;
  return nullptr;
}

TEST(InboundListener, HttpPortsHaveAChainWithItsRoutesInside) {
  ListenerWorld world(workload({"http:80:8080"}), own_proxy());
  const auto listeners = world.inbound();
  ASSERT_EQ(names(listeners), Strings{"virtualInbound"});
  const Listener& listener = listeners.at("virtualInbound");
  EXPECT_EQ(listener.address().socket_address().port_value(), 15006u);
  EXPECT_EQ(listener.traffic_direction(), envoy::config::core::v3::INBOUND);
  EXPECT_TRUE(listener.continue_on_listener_filters_timeout());
  const auto* chain = chain_of(listener, 8080);
  ASSERT_NE(chain, nullptr);
  EXPECT_EQ(chain->name(), "0.0.0.0_8080");
  EXPECT_EQ(chain->filter_chain_match().transport_protocol(), "raw_buffer");
  const auto hcm = hcm_of(*chain);
  EXPECT_EQ(hcm.stat_prefix(), "inbound_0.0.0.0_8080;");
  EXPECT_EQ(hcm.route_config().name(), "inbound|8080||");
  EXPECT_EQ(hcm.route_config().virtual_hosts(0).name(), "inbound|http|80");
  EXPECT_TRUE(world.asked_for(inbound_cluster_key(8080)));
}

TEST(InboundListener, TcpPortsAreNotLookedAtUnknownOnesAre) {
  ListenerWorld world(workload({"tcp:5432:5432", "any:9000:9000"}), own_proxy());
  const Listener listener = world.inbound().at("virtualInbound");
  EXPECT_EQ(listener_filters(listener), (Strings{"original_dst", "http_inspector"}));
  const auto* tcp = chain_of(listener, 5432);
  ASSERT_NE(tcp, nullptr);
  EXPECT_EQ(tcp_of(*tcp).cluster(), "inbound|5432||");
  EXPECT_EQ(tcp_of(*tcp).stat_prefix(), "inbound|5432||");
  ASSERT_NE(chain_of(listener, 9000, true), nullptr);
  EXPECT_EQ(hcm_of(*chain_of(listener, 9000, true)).route_config().name(), "inbound|9000||");
  ASSERT_NE(chain_of(listener, 9000, false), nullptr);
  EXPECT_EQ(tcp_of(*chain_of(listener, 9000, false)).cluster(), "inbound|9000||");

  const auto& disabled = listener.listener_filters(1).filter_disabled().or_match();
  ASSERT_EQ(disabled.rules_size(), 2);
  EXPECT_EQ(disabled.rules(0).destination_port_range().start(), 5432);
  EXPECT_EQ(disabled.rules(1).destination_port_range().start(), 15006);
  EXPECT_EQ(disabled.rules(1).destination_port_range().end(), 15007);
}

TEST(InboundListener, PortsThatNoServiceNamesPassThrough) {
  ListenerWorld world({}, own_proxy());
  const Listener listener = world.inbound().at("virtualInbound");
  ASSERT_EQ(listener.filter_chains_size(), 3);
  EXPECT_EQ(listener.filter_chains(0).name(), "virtualInbound-blackhole");
  EXPECT_EQ(listener.filter_chains(0).filter_chain_match().destination_port().value(), 15006u);
  EXPECT_EQ(listener.filter_chains(1).name(), "virtualInbound-catchall-http");
  EXPECT_EQ(hcm_of(listener.filter_chains(1)).stat_prefix(), "InboundPassthroughCluster;");
  EXPECT_EQ(hcm_of(listener.filter_chains(1)).route_config().name(), "InboundPassthroughCluster");
  EXPECT_EQ(listener.filter_chains(2).name(), "virtualInbound");
  EXPECT_EQ(tcp_of(listener.filter_chains(2)).cluster(), "InboundPassthroughCluster");
}

TEST(InboundListener, OfTwoServicesOnOnePortTheOlderDecides) {
  auto objects = workload({"http:80:8080"});
  objects[1] = mt::created_at(objects[1], 1);
  objects.push_back(mt::created_at(mt::service("default", "b", "10.96.0.2", {"tcp:90:8080"}, kSelector), 2));
  objects.push_back(mt::endpoint_slice("default", "b-1", "b", {"tcp:8080"}, {mt::endpoint(kIp, "a-1")}));
  ListenerWorld world(objects, own_proxy());
  const Listener listener = world.inbound().at("virtualInbound");
  EXPECT_EQ(hcm_of(*chain_of(listener, 8080)).route_config().virtual_hosts(0).name(), "inbound|http|80");
  EXPECT_TRUE(world.noted("conflict", "8080"));
}

TEST(InboundListener, WithoutInterceptionTheApplicationHasItsPorts) {
  auto proxy = own_proxy();
  proxy.interception = mesh::InterceptionMode::kNone;
  ListenerWorld world(workload({"http:80:8080"}), proxy);
  EXPECT_TRUE(world.inbound().empty());
  EXPECT_FALSE(world.asked_for(inbound_cluster_key(8080)));
}

TEST(InboundListener, LocalModeBindsEachPortAtItsAddress) {
  auto proxy = own_proxy();
  proxy.interception = mesh::InterceptionMode::kNone;
  proxy.inbound_address = "127.4.5.6";
  ListenerWorld world(workload({"http:80:8080", "any:9000:9000"}), proxy);
  const auto listeners = world.inbound();
  EXPECT_EQ(names(listeners), (Strings{"127.4.5.6_8080", "127.4.5.6_9000"}));
  EXPECT_EQ(listeners.at("127.4.5.6_8080").address().socket_address().address(), "127.4.5.6");
  EXPECT_TRUE(listeners.at("127.4.5.6_8080").listener_filters().empty());
  EXPECT_EQ(listener_filters(listeners.at("127.4.5.6_9000")), Strings{"http_inspector"});
}

TEST(InboundListener, ASidecarsIngressSaysAll) {
  auto objects = workload({"http:80:8080"});
  objects.push_back(mt::sidecar("default", "s", R"({"ingress": [
      {"port": {"number": 9443, "protocol": "HTTP", "name": "http"}, "defaultEndpoint": "127.0.0.1:8080"},
      {"port": {"number": 9444, "protocol": "TCP", "name": "tcp"}, "bind": "0.0.0.0", "captureMode": "NONE", "defaultEndpoint": "unix:///tmp/s"}]})"));
  ListenerWorld world(objects, own_proxy());
  const auto listeners = world.inbound();
  EXPECT_EQ(names(listeners), (Strings{"0.0.0.0_9444", "virtualInbound"}));
  const auto& captured = listeners.at("virtualInbound");
  EXPECT_EQ(chain_of(captured, 8080), nullptr);
  const auto* chain = chain_of(captured, 9443);
  ASSERT_NE(chain, nullptr);
  EXPECT_EQ(chain->name(), "10.1.0.1_9443");
  EXPECT_EQ(chain->metadata().filter_metadata().at("istio").fields().at("config").string_value(),
            "/apis/networking.istio.io/v1/namespaces/default/sidecar/s");
  EXPECT_EQ(tcp_of(listeners.at("0.0.0.0_9444").filter_chains(0)).cluster(), "inbound|9444||");
  EXPECT_TRUE(world.asked_for(inbound_cluster_key(9443)));
}

TEST(InboundListener, IngressPortsAreBoundWithoutInterception) {
  auto proxy = own_proxy();
  proxy.interception = mesh::InterceptionMode::kNone;
  ListenerWorld world({mt::sidecar("default", "s", R"({"ingress": [
      {"port": {"number": 9443, "protocol": "HTTP", "name": "http"}, "defaultEndpoint": "127.0.0.1:8080"}]})")},
                      proxy);
  EXPECT_EQ(names(world.inbound()), Strings{"10.1.0.1_9443"});
}

TEST(InboundListener, ClientsOwnTlsEndsAtASidecarsIngress) {
  const auto sidecar = mt::sidecar("default", "own", R"({"ingress": [
      {"port": {"number": 8443, "name": "https", "protocol": "HTTPS"}, "tls": {"mode": "MUTUAL", "serverCertificate": "/c.pem", "privateKey": "/k.pem", "caCertificates": "/ca.pem"}},
      {"port": {"number": 9443, "name": "tls", "protocol": "TLS"}, "tls": {"mode": "SIMPLE", "serverCertificate": "/c.pem", "privateKey": "/k.pem"}},
      {"port": {"number": 7443, "name": "own", "protocol": "TLS"}, "tls": {"mode": "PASSTHROUGH"}}]})");
  ListenerWorld world({sidecar}, own_proxy());
  const Listener listener = world.inbound().at("virtualInbound");
  EXPECT_EQ(listener_filters(listener), (Strings{"original_dst", "tls_inspector", "http_inspector"}));
  const auto& disabled = listener.listener_filters(1).filter_disabled();
  EXPECT_EQ(disabled.not_match().or_match().rules_size(), 2) << "looked for at these ports only";
  const auto* https = chain_of(listener, 8443);
  ASSERT_NE(https, nullptr);
  EXPECT_EQ(https->filter_chain_match().transport_protocol(), "tls");
  EXPECT_EQ(https->transport_socket().name(), "envoy.transport_sockets.tls");
  EXPECT_EQ(hcm_of(*https).route_config().name(), "inbound|8443||") << "HTTPS is HTTP inside";
  EXPECT_EQ(tcp_of(*chain_of(listener, 9443)).cluster(), "inbound|9443||");
  EXPECT_FALSE(chain_of(listener, 7443)->has_transport_socket());
  EXPECT_TRUE(world.noted("no-effect", "PASSTHROUGH"));
}

}  // namespace
}  // namespace amime::translate
