#include <gmock/gmock.h>

#include "envoy/config/route/v3/route.pb.h"
#include "translate/route_table.h"
#include "translate/route_testing.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::RouteConfiguration;
using envoy::config::route::v3::VirtualHost;
using mesh::testing::gateway;
using mesh::testing::service;
using mesh::testing::virtual_service;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::RouteWorld;

std::string http_server(const std::string& hosts, const std::string& more = "") {
  return R"({"selector":{"istio":"gw"},"servers":[{"port":{"number":80,"name":"http","protocol":"HTTP"},"hosts":)" + hosts + more + "}]}";
}

std::string to_a(const std::string& hosts, const std::string& match = "", const std::string& gateway = "ingress/gw") {
  return R"({"hosts":)" + hosts + R"(,"gateways":[")" + gateway + R"("],"http":[{)" + match +
         R"("route":[{"destination":{"host":"a"}}]}]})";
}

class GatewayTable : public ::testing::Test {
 protected:
  void translate(std::vector<mesh::ObjectPtr> objects, const std::string& name = "http.80") {
    objects.push_back(service("shop", "a", "10.96.0.1", {"http:9080"}));
    world_ = std::make_unique<RouteWorld>(objects, mesh::testing::router("ingress", {{"istio", "gw"}}));
    world_->run_all(gateway_table_key(name));
    table_ = world_->message<RouteConfiguration>(Type::kRoute, name);
  }
  const VirtualHost& host(const std::string& name) const {
    for (const auto& host : table_.virtual_hosts()) {
      if (host.name() == name) return host;
    }
    ADD_FAILURE() << "no virtual host " << name;
    return VirtualHost::default_instance();
  }
  std::unique_ptr<RouteWorld> world_;
  RouteConfiguration table_;
};

TEST_F(GatewayTable, RoutesOfOneVirtualService) {
  translate(
      {gateway("ingress", "gw", http_server(R"(["*.example"])")), virtual_service("shop", "vs", to_a(R"(["www.example","www.other"])"))});
  ASSERT_EQ(table_.virtual_hosts_size(), 1);
  const VirtualHost& www = host("www.example:80");
  EXPECT_THAT(www.domains(), ElementsAre("www.example"));
  EXPECT_TRUE(www.include_request_attempt_count());
  EXPECT_EQ(www.routes(0).route().cluster(), "outbound|9080||a.shop.svc.cluster.local");  // the service's only port
  EXPECT_TRUE(table_.ignore_port_in_host_matching());
  EXPECT_THAT(world_->find(Type::kRoute, "http.80")->refs, ElementsAre("outbound|9080||a.shop.svc.cluster.local"));
}

TEST_F(GatewayTable, HostsOfOneVirtualServiceShareAVirtualHost) {
  translate(
      {gateway("ingress", "gw", http_server(R"(["*"])")), virtual_service("shop", "vs", to_a(R"(["b.example","a.example","*.example"])"))});
  EXPECT_THAT(host("a.example:80").domains(), ElementsAre("a.example", "b.example", "*.example"));
}

TEST_F(GatewayTable, VirtualServicesOfOneHostMergeInOrderCatchAllLast) {
  translate({gateway("ingress", "gw", http_server(R"(["*"])")), virtual_service("shop", "1", to_a(R"(["x.example"])")),
             virtual_service("shop", "2", to_a(R"(["x.example"])", R"("name":"two","match":[{"uri":{"prefix":"/2"}}],)"))});
  const auto& routes = host("x.example:80").routes();
  ASSERT_EQ(routes.size(), 2);
  EXPECT_EQ(routes[0].name(), "two");
  EXPECT_EQ(routes[1].match().prefix(), "/");
}

TEST_F(GatewayTable, AServerMayBelongToNamespaces) {
  translate({gateway("ingress", "gw", http_server(R"(["shop/*.example","./own.example","*/any.test"])")),
             virtual_service("shop", "mine", to_a(R"(["a.example"])")),
             virtual_service("else", "theirs", to_a(R"(["b.example","any.test"])")),
             virtual_service("ingress", "own", to_a(R"(["own.example"])"))});
  std::vector<std::string> names;
  for (const auto& host : table_.virtual_hosts()) names.push_back(host.name());
  EXPECT_THAT(names, ElementsAre("a.example:80", "any.test:80", "own.example:80"));
}

TEST_F(GatewayTable, HttpsRedirect) {
  translate({gateway("ingress", "gw", http_server(R"(["a.example","b.example"])", R"(,"tls":{"httpsRedirect":true})")),
             virtual_service("shop", "vs", to_a(R"(["a.example"])"))});
  EXPECT_EQ(host("a.example:80").require_tls(), VirtualHost::ALL);
  EXPECT_EQ(host("b.example:80").require_tls(), VirtualHost::ALL);
  EXPECT_THAT(host("b.example:80").routes(), IsEmpty());
}

TEST_F(GatewayTable, WithoutRoutesEverythingIs404) {
  translate({gateway("ingress", "gw", http_server(R"(["*"])"))});
  EXPECT_THAT(host("blackhole:80").domains(), ElementsAre("*"));
  EXPECT_THAT(host("blackhole:80").routes(), IsEmpty());
}

TEST_F(GatewayTable, MatchesOfOtherGatewaysAreLeftOut) {
  translate(
      {gateway("ingress", "gw", http_server(R"(["*"])")),
       virtual_service("shop", "vs",
                       to_a(R"(["a.example"])",
                            R"("match":[{"gateways":["ingress/other"]},{"gateways":["gw.ingress.svc.cluster.local"],"name":"m"}],)"))});
  ASSERT_EQ(host("a.example:80").routes_size(), 1);
  EXPECT_EQ(host("a.example:80").routes(0).name(), ".m");
}

TEST_F(GatewayTable, ServersOfTwoGatewaysOnOnePortShareTheTable) {
  translate({gateway("ingress", "gw", http_server(R"(["a.example"])")), gateway("ingress", "gw2", http_server(R"(["b.example"])")),
             virtual_service("shop", "a", to_a(R"(["a.example"])")),
             virtual_service("shop", "b", to_a(R"(["b.example"])", "", "ingress/gw2"))});
  EXPECT_EQ(table_.virtual_hosts_size(), 2);
}

TEST_F(GatewayTable, AnHttpsServerHasItsOwn) {
  const std::string spec =
      R"({"selector":{"istio":"gw"},"servers":[{"port":{"number":443,"name":"https","protocol":"HTTPS"},"hosts":["s.example"],
      "tls":{"mode":"SIMPLE","credentialName":"c"}}]})";
  translate(
      {gateway("ingress", "gw", spec),
       virtual_service("shop", "vs", R"({"hosts":["s.example"],"gateways":["ingress/gw"],"http":[{"redirect":{"port":443,"uri":"/x"}}]})")},
      "https.443.https.gw.ingress");
  EXPECT_EQ(host("s.example:443").routes(0).redirect().port_redirect(), 0u);  // 443 is implied behind TLS
}

}  // namespace
}  // namespace amime::translate
