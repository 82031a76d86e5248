#include <gmock/gmock.h>

#include "envoy/config/route/v3/route.pb.h"
#include "translate/route_table.h"
#include "translate/route_testing.h"
#include "translate/table_plan.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::RouteConfiguration;
using envoy::config::route::v3::VirtualHost;
using mesh::testing::service;
using mesh::testing::virtual_service;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RouteWorld;

constexpr auto kReviews = "reviews.default.svc.cluster.local";

std::vector<mesh::ObjectPtr> bookinfo(std::vector<mesh::ObjectPtr> more = {}) {
  more.push_back(service("default", "reviews", "10.96.0.1", {"http:9080"}));
  more.push_back(service("default", "ratings", "10.96.0.2", {"http:9080"}));
  return more;
}

RouteWorld table(std::vector<mesh::ObjectPtr> objects, std::string name = "9080",
                 mesh::ProxyFacts proxy = mesh::testing::proxy("default")) {
  RouteWorld world(objects, std::move(proxy));
  world.run_all(route_table_key(0, name));
  return world;
}

VirtualHost reviews_of(const RouteWorld& world) {
  return world.message<VirtualHost>(Type::kVirtualHost, std::string("9080/") + kReviews + ":9080");
}

TEST(RouteTable, TheTableHasNoVirtualHostsOfItsOwn) {
  const RouteWorld world = table(bookinfo());
  const auto out = world.message<RouteConfiguration>(Type::kRoute, "9080");
  EXPECT_EQ(out.name(), "9080");
  EXPECT_FALSE(out.validate_clusters().value());
  EXPECT_TRUE(out.has_validate_clusters());
  EXPECT_TRUE(out.ignore_port_in_host_matching());
  EXPECT_EQ(out.max_direct_response_body_size_bytes().value(), 1048576u);
  EXPECT_TRUE(out.virtual_hosts().empty());
  EXPECT_THAT(world.names(Type::kVirtualHost),
              ElementsAre("9080/allow_any", "9080/ratings.default.svc.cluster.local:9080", "9080/reviews.default.svc.cluster.local:9080"));
}

TEST(RouteTable, ReadsHeadersOnly) {
  RouteWorld world(
      bookinfo({virtual_service("default", "vs", R"({"hosts":["reviews"],"http":[{"route":[{"destination":{"host":"reviews"}}]}]})")}),
      mesh::testing::proxy("default"));
  world.run(route_table_key(0, "9080"));
  for (const Read& read : world.trace()) {
    EXPECT_NE(read.ask, Ask::kVirtualService);
    EXPECT_NE(read.ask, Ask::kService);
    EXPECT_NE(read.ask, Ask::kDestination);
    EXPECT_NE(read.ask, Ask::kMeshConfig);
  }
}

TEST(VirtualHost, AServiceWithoutVirtualService) {
  const RouteWorld world = table(bookinfo());
  const VirtualHost host = reviews_of(world);
  EXPECT_EQ(host.name(), "9080/reviews.default.svc.cluster.local:9080");
  EXPECT_THAT(host.domains(), Contains("reviews"));
  EXPECT_THAT(host.domains(), Contains("10.96.0.1"));
  EXPECT_TRUE(host.include_request_attempt_count());
  ASSERT_EQ(host.routes_size(), 1);
  const auto& route = host.routes(0);
  EXPECT_EQ(route.name(), "default");
  EXPECT_EQ(route.decorator().operation(), "reviews.default.svc.cluster.local:9080/*");
  EXPECT_EQ(route.route().cluster(), "outbound|9080||reviews.default.svc.cluster.local");
  EXPECT_TRUE(route.route().has_timeout());
  EXPECT_EQ(route.route().timeout().seconds(), 0);
  EXPECT_EQ(route.route().retry_policy().num_retries().value(), 2u);
  EXPECT_THAT(world.find(Type::kVirtualHost, host.name())->refs, ElementsAre("outbound|9080||reviews.default.svc.cluster.local"));
}

TEST(VirtualHost, TheShortNameIsTheOwnNamespaces) {
  const RouteWorld world = table(bookinfo(), "9080", mesh::testing::proxy("other"));
  EXPECT_THAT(reviews_of(world).domains(), Not(Contains("reviews")));
  EXPECT_THAT(reviews_of(world).domains(), Contains("reviews.default"));
}

// Only a handful of reads, none of the proxy's namespace: so one product serves the clients of many namespaces.
TEST(VirtualHost, DoesNotReadTheClientsNamespace) {
  RouteWorld world(bookinfo(), mesh::testing::proxy("other"));
  for (const RuleKey& child : world.run(route_table_key(0, "9080")).children) {
    world.run(child);
    for (const Read& read : world.trace()) EXPECT_NE(read.ask, Ask::kProxyNamespace) << child.subject;
  }
}

TEST(VirtualHost, AVirtualServiceForOthersLeavesTheDefaultRoute) {
  const RouteWorld world = table(bookinfo({virtual_service("default", "vs", R"({"hosts":["reviews"],"http":[
      {"match":[{"sourceLabels":{"app":"else"}}],"route":[{"destination":{"host":"ratings"}}]}]})")}));
  EXPECT_EQ(reviews_of(world).routes(0).name(), "default");
}

TEST(VirtualHost, TheFirstVirtualServiceThatAppliesCounts) {
  const RouteWorld world = table(bookinfo({virtual_service("default", "a", R"({"hosts":["reviews"],"http":[
      {"match":[{"sourceNamespace":"else"}],"route":[{"destination":{"host":"ratings"}}]}]})"),
                                           virtual_service("default", "b", R"({"hosts":["reviews"],"http":[
      {"name":"mine","route":[{"destination":{"host":"ratings"}}]}]})")}));
  EXPECT_EQ(reviews_of(world).routes(0).name(), "mine");
  EXPECT_EQ(reviews_of(world).routes(0).route().cluster(), "outbound|9080||ratings.default.svc.cluster.local");
}

TEST(VirtualHost, TheSecondVirtualServiceOfAHostIsToldSo) {
  const std::string spec = R"({"hosts":["reviews"],"http":[{"route":[{"destination":{"host":"ratings"}}]}]})";
  const RouteWorld world = table(bookinfo({virtual_service("default", "a", spec), virtual_service("default", "b", spec)}));
  ASSERT_THAT(world.notes(), ::testing::SizeIs(1));
  EXPECT_EQ(world.notes()[0].object.name, "b");
  EXPECT_TRUE(world.noted("conflict", "spec.hosts"));
}

TEST(VirtualHost, AHostOfAVirtualServiceAloneOnPort80) {
  const RouteWorld world = table(bookinfo({virtual_service("default", "vs", R"({"hosts":["www.example.com"],"http":[
      {"route":[{"destination":{"host":"reviews","port":{"number":9080}}}]}]})")}),
                                 "80");
  const auto host = world.message<VirtualHost>(Type::kVirtualHost, "80/www.example.com:80");
  EXPECT_THAT(host.domains(), ElementsAre("www.example.com"));
  EXPECT_EQ(host.routes(0).route().cluster(), "outbound|9080||reviews.default.svc.cluster.local");
}

TEST(VirtualHost, NoResourceWhereNothingIsRouted) {
  const RouteWorld world = table({virtual_service("default", "vs", R"({"hosts":["www.example.com"],"http":[
      {"match":[{"sourceLabels":{"app":"else"}}],"route":[{"destination":{"host":"reviews"}}]}]})")},
                                 "80");
  EXPECT_THAT(world.names(Type::kVirtualHost), ElementsAre("80/allow_any"));
}

TEST(VirtualHost, ASniffedTableAnswersToAnyHost) {
  const RouteWorld world = table({service("default", "any", "10.96.0.9", {":7000"})}, "any.default.svc.cluster.local:7000");
  const auto host = world.message<VirtualHost>(Type::kVirtualHost, "any.default.svc.cluster.local:7000/any.default.svc.cluster.local:7000");
  EXPECT_THAT(host.domains(), ElementsAre("*"));
  EXPECT_THAT(world.names(Type::kVirtualHost), ::testing::SizeIs(1));
}

TEST(CatchAll, AllowAnyPassesThrough) {
  const RouteWorld world = table({});
  const auto host = world.message<VirtualHost>(Type::kVirtualHost, "9080/allow_any");
  EXPECT_THAT(host.domains(), ElementsAre("*"));
  EXPECT_EQ(host.routes(0).name(), "allow_any");
  EXPECT_EQ(host.routes(0).route().cluster(), "PassthroughCluster");
  EXPECT_THAT(world.find(Type::kVirtualHost, "9080/allow_any")->refs, ElementsAre("PassthroughCluster"));
}

TEST(CatchAll, RegistryOnlyAnswers502) {
  const RouteWorld world = table({mesh::testing::mesh_config(R"({"outboundTrafficPolicy":{"mode":"REGISTRY_ONLY"}})")});
  EXPECT_EQ(world.message<VirtualHost>(Type::kVirtualHost, "9080/block_all").routes(0).direct_response().status(), 502u);
}

TEST(CatchAll, TheSidecarsPolicyComesFirst) {
  const RouteWorld world = table({mesh::testing::sidecar("default", "default", R"({"outboundTrafficPolicy":{"mode":"REGISTRY_ONLY"}})")});
  EXPECT_THAT(world.names(Type::kVirtualHost), ElementsAre("9080/block_all"));
}

TEST(CatchAll, TheSidecarsEgressProxyTakesTheRest) {
  const RouteWorld world = table({mesh::testing::sidecar("default", "default", R"({"outboundTrafficPolicy":{"mode":"ALLOW_ANY",
      "egressProxy":{"host":"proxy.default.svc.cluster.local","port":{"number":3128},"subset":"v1"}}})")});
  EXPECT_EQ(world.message<VirtualHost>(Type::kVirtualHost, "9080/allow_any").routes(0).route().cluster(),
            "outbound|3128|v1|proxy.default.svc.cluster.local");
}

}  // namespace
}  // namespace amime::translate
