// Sidecar.egress: listeners of their own port, bind and capture mode.
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

std::vector<mesh::ObjectPtr> mesh_with(const std::string& egress) {
  return {mt::service("default", "a", "10.96.0.1", {"http:80"}), mt::service("default", "b", "10.96.0.2", {"http:80", "http-two:9000"}),
          mt::service("default", "db", "10.96.0.3", {"tcp:5432"}), mt::sidecar("default", "default", R"({"egress": )" + egress + "}")};
}

TEST(OutboundSidecar, APortOfItsOwnHasItsOwnTable) {
  ListenerWorld world(
      mesh_with(R"([{"port": {"number": 80, "protocol": "HTTP", "name": "http"}, "hosts": ["./a.default.svc.cluster.local"]},
                                    {"hosts": ["./*"]}])"),
      mt::proxy("default"));
  const auto listeners = world.outbound();
  EXPECT_EQ(names(listeners), (Strings{"0.0.0.0_80", "0.0.0.0_9000", "10.96.0.3_5432", "virtualOutbound"}));
  EXPECT_TRUE(world.asked_for(route_table_key(0, "80")));
  EXPECT_FALSE(world.asked_for(route_table_key(1, "80"))) << "the catch-all listener must not extend a port that was given away";
  EXPECT_TRUE(world.asked_for(route_table_key(1, "9000")));
}

TEST(OutboundSidecar, BindAndCaptureModeSayWhereItStands) {
  ListenerWorld world(mesh_with(R"([{"port": {"number": 9000, "protocol": "HTTP", "name": "http"}, "bind": "127.0.0.5", "hosts": ["./*"]},
                                    {"port": {"number": 80, "protocol": "HTTP", "name": "http"}, "captureMode": "NONE", "hosts": ["./*"]}])"),
                      mt::proxy("default"));
  const auto listeners = world.outbound();
  EXPECT_EQ(names(listeners), (Strings{"127.0.0.1_80", "127.0.0.5_9000", "virtualOutbound"}));
  EXPECT_FALSE(listeners.at("127.0.0.5_9000").bind_to_port().value());
  EXPECT_TRUE(listeners.at("127.0.0.5_9000").has_bind_to_port());
  EXPECT_FALSE(listeners.at("127.0.0.1_80").has_bind_to_port());
}

TEST(OutboundSidecar, AUnixSocketIsBound) {
  ListenerWorld world(
      mesh_with(R"([{"port": {"number": 0, "protocol": "HTTP", "name": "http"}, "bind": "unix:///var/run/e.sock", "hosts": ["./*"]}])"),
      mt::proxy("default"));
  const auto listeners = world.outbound();
  const Listener& listener = listeners.at("unix:///var/run/e.sock_0");
  EXPECT_EQ(listener.address().pipe().path(), "/var/run/e.sock");
  EXPECT_FALSE(listener.has_bind_to_port());
  EXPECT_EQ(hcm_of(listener.filter_chains(0)).rds().route_config_name(), outbound_table_name(0, "unix:///var/run/e.sock"));
}

TEST(OutboundSidecar, ATcpSocketOfItsOwnGoesToTheServicesOnlyPort) {
  ListenerWorld world(mesh_with(R"([{"port": {"number": 0, "protocol": "TCP", "name": "tcp"}, "bind": "unix:///db.sock",
                                     "hosts": ["./db.default.svc.cluster.local"]}])"),
                      mt::proxy("default"));
  EXPECT_EQ(tcp_of(world.outbound().at("unix:///db.sock_0").filter_chains(0)).cluster(), "outbound|5432||db.default.svc.cluster.local");
}

TEST(OutboundSidecar, LocalModeKeepsItsAddress) {
  auto proxy = mt::proxy("default");
  proxy.bind_address = "127.1.2.3";
  ListenerWorld world(
      mesh_with(R"([{"port": {"number": 9000, "protocol": "HTTP", "name": "http"}, "bind": "127.0.0.1", "hosts": ["./*"]}])"), proxy);
  EXPECT_EQ(names(world.outbound()), Strings{"127.1.2.3_9000"});
}

TEST(OutboundSidecar, OnlyWhatIsListedIsThere) {
  ListenerWorld world(mesh_with(R"([{"hosts": ["./db.default.svc.cluster.local"]}])"), mt::proxy("default"));
  EXPECT_EQ(names(world.outbound()), (Strings{"10.96.0.3_5432", "virtualOutbound"}));
  EXPECT_TRUE(world.asked_for({RuleId::kServiceClusters, "db.default.svc.cluster.local"}));
  EXPECT_FALSE(world.asked_for({RuleId::kServiceClusters, "a.default.svc.cluster.local"}));
}

}  // namespace
}  // namespace amime::translate
