#include "delivery/delta_fixture.h"

namespace amime::delivery::testing {
namespace {

TEST_F(Delta, NothingIsAnsweredBeforeTheFirstCompleteRead) {
  Plane fresh;
  FakeProxy proxy(fresh, Protocol::kDelta);
  proxy.ask(Type::kCluster);
  fresh.hub.run_pending();
  EXPECT_TRUE(proxy.quiet());
  EXPECT_FALSE(fresh.hub.ready());
  fresh.source->put(Type::kCluster, "a", "1");
  fresh.publish();
  EXPECT_TRUE(fresh.hub.ready());
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, ElementsAre(Pair("a", "1")));
}

TEST_F(Delta, ClustersAreWildcardAndEndpointsAreNamed) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kCluster);
  const Response clusters = proxy.expect(Type::kCluster);
  EXPECT_THAT(clusters.resources, ElementsAre(Pair("a", "1"), Pair("b", "1")));
  EXPECT_THAT(clusters.version, ::testing::MatchesRegex("[0-9-]+T[0-9:]+Z/1"));
  proxy.ack(clusters);
  EXPECT_TRUE(proxy.quiet());
  proxy.ask(Type::kEndpoint, {.subscribe = {"a"}});
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("a", "1")));
}

TEST_F(Delta, EmptyWildcardIsAnsweredSoThatTheProxyGoesOn) {
  Plane empty;
  empty.publish();
  FakeProxy proxy(empty, Protocol::kDelta);
  proxy.ask(Type::kCluster);
  empty.hub.run_pending();
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, IsEmpty());
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(Delta, EmptyNamedSubscriptionIsNotWildcard) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kEndpoint);
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(Delta, OnlyWhatChangedIsSent) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->put(Type::kEndpoint, "b", "2");
  plane.publish();
  const Response endpoints = proxy.expect(Type::kEndpoint);
  EXPECT_THAT(endpoints.resources, ElementsAre(Pair("b", "2")));
  proxy.ack(endpoints);
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(Delta, ChangedClusterIsFollowedByItsEndpoints) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->put(Type::kCluster, "a", "2");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, ElementsAre(Pair("a", "2")));
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("a", "1")));
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(Delta, NewServiceTakesThreeExchanges) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->put(Type::kCluster, "c", "1");
  plane.source->put(Type::kEndpoint, "c", "1");
  plane.source->put(Type::kVirtualHost, "80/z", "1");
  plane.publish();
  const Response clusters = proxy.expect(Type::kCluster);
  EXPECT_THAT(clusters.resources, ElementsAre(Pair("c", "1")));
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).resources, ElementsAre(Pair("80/z", "1")));
  proxy.ack(clusters);
  proxy.ask(Type::kEndpoint, {.subscribe = {"c"}});
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("c", "1")));
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(Delta, RemovedResourcesAreListed) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->remove(Type::kCluster, "b");
  plane.source->remove(Type::kVirtualHost, "80/y");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kCluster).removed, ElementsAre("b"));
  EXPECT_THAT(proxy.expect(Type::kVirtualHost).removed, ElementsAre("80/y"));
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(Delta, UnsubscribedNamesAreNeitherAnnouncedNorSent) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  proxy.ask(Type::kEndpoint, {.unsubscribe = {"b", "never-asked"}});
  EXPECT_TRUE(proxy.quiet());
  plane.source->put(Type::kEndpoint, "b", "2");
  plane.publish();
  EXPECT_TRUE(proxy.quiet());
  proxy.ask(Type::kEndpoint, {.subscribe = {"b"}});
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("b", "2")));
}

TEST_F(Delta, AskedAgainIsAnsweredAgain) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  proxy.ask(Type::kEndpoint, {.subscribe = {"a"}});
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("a", "1")));
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(Delta, UnknownNamesAreAnsweredAsRemovedAndSentWhenTheyCome) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kEndpoint, {.subscribe = {"a", "x"}});
  Response response = proxy.expect(Type::kEndpoint);
  EXPECT_THAT(response.resources, ElementsAre(Key("a")));
  EXPECT_THAT(response.removed, ElementsAre("x"));
  proxy.ask(Type::kEndpoint, {.subscribe = {"y"}});
  response = proxy.expect(Type::kEndpoint);
  EXPECT_THAT(response.resources, IsEmpty());
  EXPECT_THAT(response.removed, ElementsAre("y"));
  plane.source->put(Type::kEndpoint, "y", "1");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("y", "1")));
}

TEST_F(Delta, OnePushGoesOutInOrder) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->put(Type::kVirtualHost, "80/x", "2");
  plane.source->put(Type::kRoute, "80", "2");
  plane.source->put(Type::kListener, "0.0.0.0_80", "2");
  plane.source->put(Type::kEndpoint, "a", "2");
  plane.source->put(Type::kCluster, "a", "2");
  plane.publish();
  for (const Type type : {Type::kCluster, Type::kEndpoint, Type::kListener, Type::kRoute, Type::kVirtualHost}) proxy.expect(type);
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(Delta, WildcardCanBeAskedForAndDropped) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kCluster, {.subscribe = {"a"}});
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, ElementsAre(Key("a")));
  proxy.ask(Type::kCluster, {.subscribe = {"*"}});
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, ElementsAre(Key("b")));
  proxy.ask(Type::kCluster, {.unsubscribe = {"*"}});
  plane.source->put(Type::kCluster, "a", "2");
  plane.source->put(Type::kCluster, "b", "2");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, ElementsAre(Key("a")));
}

TEST_F(Delta, SecretsOnlyForTrustedPeers) {
  FakeProxy friendly(plane, Protocol::kDelta),
      stranger(plane, Protocol::kDelta, "router~10.0.0.2~gw.default~default.svc.cluster.local", false);
  ask(friendly, Type::kSecret, {.subscribe = {"kubernetes://cert"}});
  EXPECT_THAT(friendly.expect(Type::kSecret).resources, ElementsAre(Key("kubernetes://cert")));
  ask(stranger, Type::kSecret, {.subscribe = {"kubernetes://cert"}});
  const Response answer = stranger.expect(Type::kSecret);
  EXPECT_THAT(answer.resources, IsEmpty());
  EXPECT_THAT(answer.removed, ElementsAre("kubernetes://cert"));
  EXPECT_FALSE(stranger.ended);
}

TEST_F(Delta, AuthoritiesInConfigMapsAreForStrangersToo) {
  plane.source->put(Type::kSecret, "configmap://default/ca-cacert", "authority");
  plane.publish();
  FakeProxy stranger(plane, Protocol::kDelta, "router~10.0.0.2~gw.default~default.svc.cluster.local", false);
  ask(stranger, Type::kSecret, {.subscribe = {"kubernetes://cert", "configmap://default/ca-cacert"}});
  const Response answer = stranger.expect(Type::kSecret);
  EXPECT_THAT(answer.resources, ElementsAre(Key("configmap://default/ca-cacert")));
  EXPECT_THAT(answer.removed, ElementsAre("kubernetes://cert"));
}

}  // namespace
}  // namespace amime::delivery::testing
