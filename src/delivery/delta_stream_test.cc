#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "delivery/fakes.h"

namespace amime::delivery::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using translate::Type;

std::string version_of(Type type, const std::string& name, const std::string& content) {
  return base::hex64(resource(type, name, content)->version);
}

int acked_changes(const Plane& plane) {
  const std::string text = plane.metrics.text(), name = "\namime_config_acked_seconds_count ";
  const auto at = text.find(name);
  return at == std::string::npos ? -1 : std::stoi(text.substr(at + name.size()));
}

class Delta : public ::testing::Test {
 protected:
  Delta() {
    plane.source->put(Type::kCluster, "a", "1");
    plane.source->put(Type::kCluster, "b", "1");
    plane.source->put(Type::kEndpoint, "a", "1");
    plane.source->put(Type::kEndpoint, "b", "1");
    plane.source->put(Type::kListener, "0.0.0.0_80", "1");
    plane.source->put(Type::kRoute, "80", "1");
    plane.source->put(Type::kRoute, "8080", "1");
    plane.source->put(Type::kVirtualHost, "80/x", "1");
    plane.source->put(Type::kVirtualHost, "80/y", "1");
    plane.source->put(Type::kVirtualHost, "8080/x", "1");
    plane.source->put(Type::kSecret, "kubernetes://cert", "key");
    plane.publish();
  }
  void ask(FakeProxy& proxy, Type type, const FakeProxy::Ask& ask = {}) {
    proxy.ask(type, ask);
    plane.hub.run_pending();
  }
  // As Envoy does it: all types, everything ACKed, nothing left to say.
  void start(FakeProxy& proxy) {
    ask(proxy, Type::kCluster);
    proxy.ack(proxy.expect(Type::kCluster));
    proxy.ask(Type::kEndpoint, {.subscribe = {"a", "b"}});
    proxy.ack(proxy.expect(Type::kEndpoint));
    proxy.ask(Type::kListener);
    proxy.ack(proxy.expect(Type::kListener));
    proxy.ask(Type::kRoute, {.subscribe = {"80"}});
    proxy.ack(proxy.expect(Type::kRoute));
    proxy.ask(Type::kVirtualHost);
    proxy.ack(proxy.expect(Type::kVirtualHost));
    ASSERT_TRUE(proxy.quiet());
  }
  Plane plane;
};

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
  EXPECT_THAT(response.removed, ElementsAre("z"));
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
      {.subscribe = {"80", "8080", "empty"}, .initial = {{"80", version_of(Type::kRoute, "80", "1")}, {"empty", version_of(Type::kRoute, "empty", "1")}}});
  EXPECT_THAT(proxy.expect(Type::kRoute).resources, ElementsAre(Key("8080")));
  proxy.ask(Type::kVirtualHost, {.initial = {{"80/x", version_of(Type::kVirtualHost, "80/x", "1")},
                                             {"80/y", version_of(Type::kVirtualHost, "80/y", "1")},
                                             {"8080/x", version_of(Type::kVirtualHost, "8080/x", "1")},
                                             {"dropped/x", "1"}}});
  const Response hosts = proxy.expect(Type::kVirtualHost);
  EXPECT_THAT(hosts.resources, ElementsAre(Key("8080/x"))) << "its table is new: Envoy dropped the host";
  EXPECT_THAT(hosts.removed, ElementsAre("dropped/x", "empty/-"));
}

TEST_F(Delta, NackIsRecordedAndStallsNothing) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->put(Type::kCluster, "a", "bad");
  plane.publish();
  proxy.nack(proxy.expect(Type::kCluster), "cluster a is bad");
  proxy.ack(proxy.expect(Type::kEndpoint));
  EXPECT_EQ(plane.stats.rejects[0]->value(), 1);
  proxy.stream->inspect([](const auto& subscriptions) {
    const auto& clusters = subscriptions[0];
    ASSERT_TRUE(clusters.rejection);
    EXPECT_EQ(clusters.rejection->error, "cluster a is bad");
    EXPECT_THAT(clusters.rejection->resources, ElementsAre("a"));
    EXPECT_THAT(clusters.rejection->objects, ElementsAre(mesh::ObjectKey{mesh::Kind::kService, "default", "a"}));
    EXPECT_TRUE(clusters.rejection->current);
  });
  EXPECT_TRUE(proxy.quiet()) << "what was refused is not sent again";
  plane.source->put(Type::kListener, "0.0.0.0_80", "2");
  plane.publish();
  proxy.ack(proxy.expect(Type::kListener));
  plane.source->put(Type::kCluster, "a", "good");
  plane.publish();
  proxy.ack(proxy.expect(Type::kCluster));
  proxy.stream->inspect([](const auto& subscriptions) { EXPECT_FALSE(subscriptions[0].rejection->current); });
}

TEST_F(Delta, StaleNonceSettlesNothingButSubscribes) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kEndpoint, {.subscribe = {"a"}});
  const Response first = proxy.expect(Type::kEndpoint);
  proxy.ask(Type::kEndpoint, {.subscribe = {"b"}, .nonce = "77.1"});
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Key("b")));
  EXPECT_EQ(plane.stats.expired_nonces[1]->value(), 1);
  proxy.stream->inspect([](const auto& s) { EXPECT_EQ(s[1].acked_number, 0u); });
  proxy.ack(first);
  proxy.stream->inspect([](const auto& s) {
    EXPECT_EQ(s[1].acked->size(), 1u);
    EXPECT_EQ(s[1].unanswered.size(), 1u);
  });
}

TEST_F(Delta, SlowProxyGetsTheNewestAndNothingIsQueued) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  proxy.slow = true;
  for (int i = 2; i < 50; ++i) {
    plane.source->put(Type::kEndpoint, "a", std::to_string(i));
    plane.source->put(Type::kEndpoint, "b", i % 2 ? "1" : "2");
    plane.publish();
  }
  EXPECT_EQ(proxy.received.size(), 1u);
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("a", "2"), Pair("b", "2")));
  proxy.finish_write();
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("a", "49"), Pair("b", "1")));
  proxy.finish_write();
  EXPECT_TRUE(proxy.quiet());
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
  FakeProxy friendly(plane, Protocol::kDelta), stranger(plane, Protocol::kDelta, "router~10.0.0.2~gw.default~default.svc.cluster.local", false);
  ask(friendly, Type::kSecret, {.subscribe = {"kubernetes://cert"}});
  EXPECT_THAT(friendly.expect(Type::kSecret).resources, ElementsAre(Key("kubernetes://cert")));
  ask(stranger, Type::kSecret, {.subscribe = {"kubernetes://cert"}});
  const Response answer = stranger.expect(Type::kSecret);
  EXPECT_THAT(answer.resources, IsEmpty());
  EXPECT_THAT(answer.removed, ElementsAre("kubernetes://cert"));
  EXPECT_FALSE(stranger.ended);
}

TEST_F(Delta, BadNodesEndTheStreamWithAReason) {
  FakeProxy proxy(plane, Protocol::kDelta, "sidecar~10.0.0.1~pod.default");
  proxy.ask(Type::kCluster);
  ASSERT_TRUE(proxy.ended);
  EXPECT_EQ(proxy.ended->code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(proxy.ended->message()), HasSubstr("TYPE~IP~POD.NAMESPACE~DOMAIN"));
}

TEST_F(Delta, NotAProtobufEndsTheStream) {
  FakeProxy proxy(plane, Protocol::kDelta);
  proxy.send("\x0a\xff\xff");
  ASSERT_TRUE(proxy.ended);
  EXPECT_EQ(proxy.ended->code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(Delta, UnknownTypesAreLeftUnanswered) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  proxy.send(std::string("\x12\x05hello", 7));
  EXPECT_TRUE(proxy.quiet());
  EXPECT_FALSE(proxy.ended);
}

TEST_F(Delta, DisconnectLeavesNothingBehind) {
  {
    FakeProxy proxy(plane, Protocol::kDelta);
    start(proxy);
    EXPECT_EQ(plane.source->scopes(), 1u);
    EXPECT_EQ(plane.registry.size(), 1u);
    EXPECT_EQ(plane.stats.streams("").value(), 1);
  }
  plane.hub.run_pending();
  EXPECT_EQ(plane.source->scopes(), 0u);
  EXPECT_EQ(plane.registry.size(), 0u);
  EXPECT_EQ(plane.stats.streams("").value(), 0);
}

TEST_F(Delta, StreamClosedWhileWritingFinishesAfterTheWrite) {
  FakeProxy proxy(plane, Protocol::kDelta);
  proxy.slow = true;
  ask(proxy, Type::kCluster);
  proxy.stream->on_closed();
  EXPECT_FALSE(proxy.ended);
  proxy.finish_write();
  EXPECT_TRUE(proxy.ended);
}

TEST_F(Delta, EnvoyOverDeltaGetsVirtualHostsAndOthersWholeTables) {
  FakeProxy envoy(plane, Protocol::kDelta), sotw(plane, Protocol::kSotw);
  ask(envoy, Type::kCluster);
  ask(sotw, Type::kCluster);
  EXPECT_THAT(plane.source->deliveries, ElementsAre(translate::RouteDelivery::kPerVirtualHost, translate::RouteDelivery::kWhole));
}

TEST_F(Delta, ConvergenceIsMeasuredAtTheLastAck) {
  FakeProxy one(plane, Protocol::kDelta), two(plane, Protocol::kDelta), gone(plane, Protocol::kDelta);
  for (FakeProxy* proxy : {&one, &two, &gone}) start(*proxy);
  plane.source->put(Type::kEndpoint, "a", "2");
  plane.publish();
  one.ack(one.expect(Type::kEndpoint));
  EXPECT_EQ(acked_changes(plane), 0);
  gone.stream->on_closed();
  EXPECT_EQ(acked_changes(plane), 0);
  two.ack(two.expect(Type::kEndpoint));
  EXPECT_EQ(acked_changes(plane), 1);
  plane.publish();  // changes nothing for anybody
  EXPECT_EQ(acked_changes(plane), 1);
  plane.source->put(Type::kEndpoint, "a", "3");
  plane.publish();
  one.nack(one.expect(Type::kEndpoint), "no");
  two.ack(two.expect(Type::kEndpoint));
  EXPECT_EQ(acked_changes(plane), 1);
  EXPECT_EQ(plane.stats.unconverged.value(), 1);
}

TEST_F(Delta, HundredsOfProxiesShareTheirSets) {
  constexpr int kProxies = 300;
  for (int i = 0; i < 500; ++i) {
    plane.source->put(Type::kCluster, "cluster" + std::to_string(i), "1");
    plane.source->put(Type::kEndpoint, "cluster" + std::to_string(i), "1");
  }
  plane.publish();
  std::vector<std::unique_ptr<FakeProxy>> proxies;
  for (int i = 0; i < kProxies; ++i) {
    proxies.push_back(std::make_unique<FakeProxy>(plane, Protocol::kDelta, "sidecar~10.0.0.1~p" + std::to_string(i) + ".default~default.svc.cluster.local"));
    ask(*proxies.back(), Type::kCluster);
    const Response clusters = proxies.back()->expect(Type::kCluster);
    proxies.back()->ack(clusters);
    std::vector<std::string> names;
    for (const auto& [name, content] : clusters.resources) names.push_back(name);
    if (i % 2) std::reverse(names.begin(), names.end());
    proxies.back()->ask(Type::kEndpoint, {.subscribe = names});
    proxies.back()->ack(proxies.back()->expect(Type::kEndpoint));
  }
  EXPECT_EQ(plane.names.size(), 1u);
  plane.source->put(Type::kEndpoint, "cluster7", "2");
  plane.publish();
  const translate::ResourceSet* shared = nullptr;
  for (auto& proxy : proxies) {
    const Response endpoints = proxy->expect(Type::kEndpoint);
    EXPECT_THAT(endpoints.resources, ElementsAre(Pair("cluster7", "2")));
    EXPECT_LT(endpoints.bytes, 400u);
    proxy->stream->inspect([&](const auto& s) {
      if (!shared) shared = s[1].sent.get();
      EXPECT_EQ(s[1].sent.get(), shared);
    });
  }
}

}  // namespace
}  // namespace amime::delivery::testing
