#include "delivery/delta_fixture.h"

namespace amime::delivery::testing {
namespace {

TEST_F(Delta, ReconnectResendsNothingThatTheProxyHas) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kCluster, {.initial = {{"a", version_of(Type::kCluster, "a", "1")}, {"b", version_of(Type::kCluster, "b", "1")}}});
  Response response = proxy.expect(Type::kCluster);
  EXPECT_THAT(response.resources, IsEmpty());
  EXPECT_THAT(response.removed, IsEmpty());
  proxy.ask(Type::kEndpoint, {.subscribe = {"a", "b"}, .initial = {{"a", version_of(Type::kEndpoint, "a", "1")}, {"b", "old"}}});
  response = proxy.expect(Type::kEndpoint);
  EXPECT_THAT(response.resources, ElementsAre(Pair("b", "1")));
  EXPECT_THAT(response.removed, IsEmpty());
}

TEST_F(Delta, ReconnectListsWhatIsGone) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kCluster, {.initial = {{"a", "old"}, {"b", version_of(Type::kCluster, "b", "1")}, {"z", "1"}}});
  Response response = proxy.expect(Type::kCluster);
  EXPECT_THAT(response.resources, ElementsAre(Key("a")));
  EXPECT_THAT(response.removed, IsEmpty()) << "routes that it has may still name z (gate_test.cc)";
  // Versions count as subscriptions of a named type.
  proxy.ask(Type::kEndpoint, {.initial = {{"b", version_of(Type::kEndpoint, "b", "1")}, {"z", "1"}}});
  response = proxy.expect(Type::kEndpoint);
  EXPECT_THAT(response.resources, IsEmpty());
  EXPECT_THAT(response.removed, ElementsAre("z"));
  plane.source->put(Type::kEndpoint, "b", "2");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("b", "2")));
}

TEST_F(Delta, ReconnectResendsEndpointsOfClustersThatWereSent) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kCluster, {.initial = {{"a", "old"}, {"b", version_of(Type::kCluster, "b", "1")}}});
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, ElementsAre(Key("a")));
  proxy.ask(Type::kEndpoint, {.subscribe = {"a", "b"},
                              .initial = {{"a", version_of(Type::kEndpoint, "a", "1")}, {"b", version_of(Type::kEndpoint, "b", "1")}}});
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Key("a")));
}

TEST_F(Delta, ReconnectWithVirtualHosts) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kRoute, {.subscribe = {"80"}, .initial = {{"80", version_of(Type::kRoute, "80", "1")}}});
  EXPECT_THAT(proxy.expect(Type::kRoute).resources, IsEmpty());
  proxy.ask(Type::kVirtualHost, {.initial = {{"80/x", version_of(Type::kVirtualHost, "80/x", "1")}, {"80/gone", "1"}}});
  const Response response = proxy.expect(Type::kVirtualHost);
  EXPECT_THAT(response.resources, ElementsAre(Key("80/y")));
  EXPECT_THAT(response.removed, ElementsAre("80/gone"));
}

TEST_F(Delta, ReconnectTrustsOnlyHostsOfTablesThatTheProxyHas) {
  plane.source->put(Type::kRoute, "empty", "1");
  plane.publish();
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kRoute,
      {.subscribe = {"80", "8080", "empty"},
       .initial = {{"80", version_of(Type::kRoute, "80", "1")}, {"empty", version_of(Type::kRoute, "empty", "1")}}});
  EXPECT_THAT(proxy.expect(Type::kRoute).resources, ElementsAre(Key("8080")));
  proxy.ask(Type::kVirtualHost, {.initial = {{"80/x", version_of(Type::kVirtualHost, "80/x", "1")},
                                             {"80/y", version_of(Type::kVirtualHost, "80/y", "1")},
                                             {"8080/x", version_of(Type::kVirtualHost, "8080/x", "1")},
                                             {"dropped/x", "1"}}});
  const Response hosts = proxy.expect(Type::kVirtualHost);
  EXPECT_THAT(hosts.resources, ElementsAre(Key("8080/x"))) << "its table is new: Envoy dropped the host";
  EXPECT_THAT(hosts.removed, UnorderedElementsAre("dropped/x", "empty/-"));
}

}  // namespace
}  // namespace amime::delivery::testing
