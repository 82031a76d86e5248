#include "delivery/delta_fixture.h"

namespace amime::delivery::testing {
namespace {

TEST_F(Delta, VirtualHostsFollowTheTablesUnasked) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kRoute, {.subscribe = {"80"}});
  proxy.ack(proxy.expect(Type::kRoute));
  proxy.ask(Type::kVirtualHost);
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).resources, UnorderedElementsAre(Key("80/x"), Key("80/y")));
  proxy.ask(Type::kRoute, {.subscribe = {"8080"}});
  EXPECT_THAT(proxy.expect(Type::kRoute).resources, ElementsAre(Key("8080")));
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).resources, ElementsAre(Key("8080/x")));
  // The table goes: what Envoy remembers of its hosts goes too.
  proxy.ask(Type::kRoute, {.unsubscribe = {"80"}});
  const Response gone = proxy.expect(Type::kVirtualHost);
  EXPECT_THAT(gone.resources, IsEmpty());
  EXPECT_THAT(gone.removed, ElementsAre("80/x", "80/y"));
  plane.source->put(Type::kVirtualHost, "80/x", "2");
  plane.source->put(Type::kVirtualHost, "8080/x", "2");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).resources, ElementsAre(Pair("8080/x", "2")));
  // It comes back, empty: all of its hosts are sent again.
  proxy.ask(Type::kRoute, {.subscribe = {"80"}});
  proxy.expect(Type::kRoute);
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).resources, ElementsAre(Pair("80/x", "2"), Pair("80/y", "1")));
}

TEST_F(Delta, TableWithoutHostsIsReleasedByARemoval) {
  plane.source->put(Type::kRoute, "a/b", "1");
  plane.source->put(Type::kRoute, "9", "1");
  plane.publish();
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kRoute, {.subscribe = {"80", "a/b"}});
  proxy.expect(Type::kRoute);
  proxy.ask(Type::kVirtualHost);
  Response hosts = proxy.expect(Type::kVirtualHost);
  EXPECT_THAT(hosts.resources, ElementsAre(Key("80/x"), Key("80/y")));
  EXPECT_THAT(hosts.removed, ElementsAre("a/b/-"));
  proxy.ask(Type::kRoute, {.subscribe = {"9", "later"}});
  EXPECT_THAT(proxy.expect(Type::kRoute).removed, ElementsAre("later"));
  hosts = proxy.expect(Type::kVirtualHost);
  EXPECT_THAT(hosts.resources, IsEmpty());
  EXPECT_THAT(hosts.removed, ElementsAre("9/-"));
  plane.source->put(Type::kRoute, "80", "2");  // a new version keeps its hosts: nothing follows
  plane.publish();
  proxy.expect(Type::kRoute);
  EXPECT_TRUE(proxy.quiet());
  plane.source->put(Type::kRoute, "later", "1");
  plane.publish();
  proxy.expect(Type::kRoute);
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).removed, ElementsAre("later/-"));
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(Delta, VirtualHostAskedByNameIsAnswered) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  proxy.ask(Type::kVirtualHost, {.subscribe = {"80/x", "80/unknown"}});
  const Response response = proxy.expect(Type::kVirtualHost);
  EXPECT_THAT(response.resources, ElementsAre(Key("80/x")));
  EXPECT_THAT(response.removed, ElementsAre("80/unknown"));
}

TEST_F(Delta, EnvoyOverDeltaGetsVirtualHostsAndOthersWholeTables) {
  FakeProxy envoy(plane, Protocol::kDelta), sotw(plane, Protocol::kSotw);
  ask(envoy, Type::kCluster);
  ask(sotw, Type::kCluster);
  EXPECT_THAT(plane.source->deliveries, ElementsAre(translate::RouteDelivery::kPerVirtualHost, translate::RouteDelivery::kWhole));
}

}  // namespace
}  // namespace amime::delivery::testing
