// Make before break, message by message.
#include "delivery/gate.h"

#include "delivery/delta_fixture.h"

namespace amime::delivery::testing {
namespace {

using namespace std::chrono_literals;

class GateTest : public Delta {
 protected:
  GateTest() {
    // Another content than the fixture's: equal versions are the same resource.
    plane.source->put(Type::kVirtualHost, "80/x", "names a", {"a"});
    plane.publish();
  }
  // A new cluster, and a route that names it.
  void publish_new_cluster() {
    plane.source->put(Type::kCluster, "c", "1");
    plane.source->put(Type::kEndpoint, "c", "1");
    plane.source->put(Type::kVirtualHost, "80/x", "2", {"c"});
    plane.publish();
  }
  // The route that named cluster a names b, and a is gone.
  void publish_without_a() {
    plane.source->put(Type::kVirtualHost, "80/x", "2", {"b"});
    plane.source->remove(Type::kCluster, "a");
    plane.source->remove(Type::kEndpoint, "a");
    plane.publish();
  }
  std::vector<std::string> waiting(const FakeProxy& proxy) {
    std::vector<std::string> out;
    proxy.stream->inspect([&](const auto&, const Gate& gate) {
      for (std::size_t i = 0; i < translate::kTypes; ++i)
        for (const auto& w : gate.waiting(static_cast<Type>(i))) out.push_back(w.name + ": " + w.why.text);
    });
    return out;
  }
};

TEST_F(GateTest, ARouteWaitsForItsClusterAndThenItsEndpoints) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  publish_new_cluster();
  const Response clusters = proxy.expect(Type::kCluster);
  EXPECT_THAT(clusters.resources, ElementsAre(Key("c")));
  EXPECT_TRUE(proxy.quiet());
  EXPECT_THAT(waiting(proxy), ElementsAre("80/x: cluster c is not acknowledged"));
  proxy.ack(clusters);
  EXPECT_TRUE(proxy.quiet());
  EXPECT_THAT(waiting(proxy), ElementsAre("80/x: the endpoints of cluster c are not acknowledged"));
  proxy.ask(Type::kEndpoint, {.subscribe = {"c"}});
  proxy.ack(proxy.expect(Type::kEndpoint));
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).resources, ElementsAre(Pair("80/x", "2")));
  EXPECT_THAT(waiting(proxy), IsEmpty());
}

// Envoy asks for listeners when the last endpoints have come, before it acknowledges them. With half of its listeners it
// would call itself ready, and reset connections to the others.
TEST_F(GateTest, ANewProxyGetsItsFirstListenersWhole) {
  plane.source->put(Type::kListener, "10.96.0.1_9090", "tcp", {"b"});
  plane.publish();
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kCluster);
  proxy.ack(proxy.expect(Type::kCluster));
  proxy.ask(Type::kEndpoint, {.subscribe = {"a", "b"}});
  const Response endpoints = proxy.expect(Type::kEndpoint);
  proxy.ask(Type::kListener);
  EXPECT_THAT(proxy.expect(Type::kListener).resources, UnorderedElementsAre(Key("0.0.0.0_80"), Key("10.96.0.1_9090")));
  proxy.ack(endpoints);
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(GateTest, AnUnrelatedRouteGoesAtOnce) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  publish_new_cluster();
  plane.source->put(Type::kVirtualHost, "80/y", "2", {"b"});
  plane.publish();
  proxy.expect(Type::kCluster);
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).resources, ElementsAre(Pair("80/y", "2")));
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(GateTest, AClusterStaysUntilTheRouteThatNamedItIsReplaced) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  publish_without_a();
  const Response routes = proxy.expect(Type::kVirtualHost);
  EXPECT_TRUE(proxy.quiet());
  proxy.ack(routes);
  EXPECT_THAT(proxy.expect(Type::kCluster).removed, ElementsAre("a"));
}

TEST_F(GateTest, ARefusedRouteKeepsItsCluster) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  publish_without_a();
  proxy.nack(proxy.expect(Type::kVirtualHost), "no");
  EXPECT_TRUE(proxy.quiet());
  EXPECT_THAT(waiting(proxy), ElementsAre("a: a route in use names it"));
}

TEST_F(GateTest, WhatMovesBetweenHostsMovesTogether) {
  constexpr std::uint64_t kDomain = 7;
  plane.source->put(Type::kVirtualHost, "80/x", "has the domain", {"a"}, {kDomain});
  plane.publish();
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->put(Type::kCluster, "c", "1");
  plane.source->put(Type::kEndpoint, "c", "1");
  plane.source->remove(Type::kVirtualHost, "80/x");
  plane.source->put(Type::kVirtualHost, "80/z", "1", {"c"}, {kDomain});
  plane.publish();
  proxy.ack(proxy.expect(Type::kCluster));
  EXPECT_TRUE(proxy.quiet()) << "80/x must not go before 80/z may come";
  proxy.ask(Type::kEndpoint, {.subscribe = {"c"}});
  proxy.ack(proxy.expect(Type::kEndpoint));
  const Response moved = proxy.expect(Type::kVirtualHost);
  EXPECT_THAT(moved.resources, ElementsAre(Key("80/z")));
  EXPECT_THAT(moved.removed, ElementsAre("80/x"));
}

TEST_F(GateTest, AVirtualHostGoesWhenTheListenerThatCameIsAcknowledged) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->put(Type::kListener, "10.96.0.1_80", "1", {"b"});
  plane.source->remove(Type::kVirtualHost, "80/x");
  plane.publish();
  const Response listeners = proxy.expect(Type::kListener);
  EXPECT_TRUE(proxy.quiet());
  proxy.ack(listeners);
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).removed, ElementsAre("80/x"));
}

TEST_F(GateTest, WhatAListenerNamedBeforeStaysWhileItsConnectionsDrain) {
  plane.context.gate.drain = 1h;
  plane.source->put(Type::kListener, "0.0.0.0_80", "has a table and a cluster", {"80", "b"});
  plane.source->put(Type::kVirtualHost, "80/y", "names a", {"a"});
  plane.publish();
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->put(Type::kListener, "0.0.0.0_80", "forwards bytes", {"a"});
  plane.source->remove(Type::kVirtualHost, "80/x");
  plane.source->remove(Type::kCluster, "b");
  plane.source->remove(Type::kEndpoint, "b");
  plane.publish();
  proxy.ack(proxy.expect(Type::kListener));
  EXPECT_TRUE(proxy.quiet());
  EXPECT_THAT(waiting(proxy),
              ElementsAre("b: connections of a listener before may use it", "80/x: connections of a listener before may use it"));
}

TEST_F(GateTest, AListenerTakesOverAnAddressInOneMessage) {
  plane.source->put(Type::kListener, "0.0.0.0_80", "has the address", {}, {80});
  plane.publish();
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->remove(Type::kListener, "0.0.0.0_80");
  plane.source->put(Type::kListener, "other", "1", {}, {80});
  plane.publish();
  const Response moved = proxy.expect(Type::kListener);
  EXPECT_THAT(moved.resources, ElementsAre(Key("other")));
  EXPECT_THAT(moved.removed, ElementsAre("0.0.0.0_80"));
}

TEST_F(GateTest, AnOverdueWaitIsOverWhereThePolicySaysProceed) {
  plane.context.gate.bound = 0ms;
  plane.context.gate.proceed = true;
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  publish_new_cluster();
  proxy.expect(Type::kCluster);
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).resources, ElementsAre(Pair("80/x", "2")));
}

TEST_F(GateTest, OverlappingChangesEndInTheNewest) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  publish_new_cluster();
  const Response first = proxy.expect(Type::kCluster);
  // Before c is ready the route is to name d, and c is gone.
  plane.source->remove(Type::kCluster, "c");
  plane.source->remove(Type::kEndpoint, "c");
  plane.source->put(Type::kCluster, "d", "1");
  plane.source->put(Type::kEndpoint, "d", "1");
  plane.source->put(Type::kVirtualHost, "80/x", "3", {"d"});
  plane.publish();
  const Response second = proxy.expect(Type::kCluster);
  EXPECT_THAT(second.resources, ElementsAre(Key("d")));
  EXPECT_THAT(second.removed, ElementsAre("c")) << "nothing ever named it here";
  proxy.ack(first);
  proxy.ack(second);
  proxy.ask(Type::kEndpoint, {.subscribe = {"d"}});
  proxy.ack(proxy.expect(Type::kEndpoint));
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).resources, ElementsAre(Pair("80/x", "3")));
}

TEST_F(GateTest, AProxyThatCameBackKeepsItsClustersUntilItsRoutesAreKnown) {
  FakeProxy proxy(plane, Protocol::kDelta);
  // It has a cluster and a version of a route that nobody here knows.
  ask(proxy, Type::kCluster,
      {.initial = {{"a", version_of(Type::kCluster, "a", "1")}, {"b", version_of(Type::kCluster, "b", "1")}, {"old", "77"}}});
  const Response answer = proxy.expect(Type::kCluster);
  EXPECT_THAT(answer.removed, IsEmpty()) << "old must not go yet";
  proxy.ack(answer);
  proxy.ask(Type::kEndpoint, {.initial = {{"a", version_of(Type::kEndpoint, "a", "1")}, {"b", version_of(Type::kEndpoint, "b", "1")}}});
  proxy.ask(Type::kListener, {.initial = {{"0.0.0.0_80", version_of(Type::kListener, "0.0.0.0_80", "1")}}});
  proxy.ask(Type::kRoute, {.initial = {{"80", version_of(Type::kRoute, "80", "1")}}});
  proxy.ask(Type::kVirtualHost, {.initial = {{"80/x", "66"}, {"80/y", version_of(Type::kVirtualHost, "80/y", "1")}}});
  std::optional<Response> routes;
  while (auto message = proxy.take()) {
    EXPECT_THAT(message->removed, ::testing::Not(::testing::Contains("old")));
    if (message->resources.contains("80/x"))
      routes = message;
    else
      proxy.ack(*message);
  }
  ASSERT_TRUE(routes);
  proxy.ack(*routes);
  EXPECT_THAT(proxy.expect(Type::kCluster).removed, ElementsAre("old"));
}

}  // namespace
}  // namespace amime::delivery::testing
