#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/fakes.h"

namespace amime::delivery::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;
using translate::Type;

class Sotw : public ::testing::Test {
 protected:
  Sotw() {
    for (const char* name : {"a", "b"}) {
      plane.source->put(Type::kCluster, name, "1");
      plane.source->put(Type::kEndpoint, name, "1");
    }
    plane.source->put(Type::kListener, "0.0.0.0_80", "1");
    plane.source->put(Type::kRoute, "80", "1");
    plane.publish();
  }
  void ask(FakeProxy& proxy, Type type, const FakeProxy::Ask& ask = {}) {
    proxy.ask(type, ask);
    plane.hub.run_pending();
  }
  void start(FakeProxy& proxy) {
    ask(proxy, Type::kCluster);
    proxy.ack(proxy.expect(Type::kCluster));
    proxy.ask(Type::kEndpoint, {.subscribe = {"a", "b"}});
    endpoints = proxy.expect(Type::kEndpoint);
    proxy.ack(endpoints, {"a", "b"});
    proxy.ask(Type::kListener);
    proxy.ack(proxy.expect(Type::kListener));
    proxy.ask(Type::kRoute, {.subscribe = {"80"}});
    proxy.ack(proxy.expect(Type::kRoute), {"80"});
    ASSERT_TRUE(proxy.quiet());
  }
  Plane plane;
  Response endpoints;  // the last ones
};

TEST_F(Sotw, ClustersGoWholeEndpointsOnlyWhatChanged) {
  FakeProxy proxy(plane, Protocol::kSotw);
  start(proxy);
  plane.source->put(Type::kEndpoint, "b", "2");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("b", "2")));
  EXPECT_TRUE(proxy.quiet());
  plane.source->put(Type::kCluster, "a", "2");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, ElementsAre(Pair("a", "2"), Pair("b", "1")));
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("a", "1"))) << "of the changed cluster";
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(Sotw, RemovalsAreTheAbsenceFromAWholeMessage) {
  FakeProxy proxy(plane, Protocol::kSotw);
  start(proxy);
  plane.source->remove(Type::kCluster, "b");
  plane.source->remove(Type::kEndpoint, "b");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, ElementsAre(Key("a")));
  EXPECT_TRUE(proxy.quiet());
  plane.source->remove(Type::kCluster, "a");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, IsEmpty());
}

TEST_F(Sotw, NewNamesAreAnsweredOldOnesAreNotRepeated) {
  FakeProxy proxy(plane, Protocol::kSotw);
  start(proxy);
  plane.source->put(Type::kEndpoint, "c", "1");
  plane.publish();
  EXPECT_TRUE(proxy.quiet());
  proxy.ack(endpoints, {"a", "b", "c"});
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Key("c")));
  proxy.ack(endpoints, {"a"});  // the nonce is an old one: its names do not count
  plane.source->put(Type::kEndpoint, "b", "2");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Key("b")));
}

TEST_F(Sotw, DroppedNamesAreNotSent) {
  FakeProxy proxy(plane, Protocol::kSotw);
  start(proxy);
  proxy.ack(endpoints, {"a"});
  plane.source->put(Type::kEndpoint, "b", "2");
  plane.publish();
  EXPECT_TRUE(proxy.quiet());
}

TEST_F(Sotw, SecondFirstRequestThatCrossedTheAnswerOnlyAddsNames) {
  FakeProxy proxy(plane, Protocol::kSotw);
  ask(proxy, Type::kEndpoint, {.subscribe = {"a"}});
  proxy.expect(Type::kEndpoint);
  proxy.ask(Type::kEndpoint, {.subscribe = {"a", "b"}});
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Key("b")));
}

TEST_F(Sotw, StartingOverGetsAll) {
  FakeProxy proxy(plane, Protocol::kSotw);
  start(proxy);
  proxy.ask(Type::kEndpoint, {.subscribe = {"a", "b"}});
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Key("a"), Key("b")));
}

TEST_F(Sotw, AckRepeatsTheVersionAndIsRecorded) {
  FakeProxy proxy(plane, Protocol::kSotw);
  start(proxy);
  proxy.stream->inspect([](const auto& s, const Gate&) {
    for (const auto each : {Type::kCluster, Type::kEndpoint, Type::kListener, Type::kRoute}) {
      const auto type = static_cast<std::size_t>(each);
      EXPECT_EQ(s[type].acked, s[type].sent);
      EXPECT_EQ(*s[type].acked_version, *s[type].sent_version);
    }
  });
}

TEST_F(Sotw, NackKeepsTheStreamGoing) {
  FakeProxy proxy(plane, Protocol::kSotw);
  start(proxy);
  plane.source->put(Type::kListener, "0.0.0.0_80", "bad");
  plane.publish();
  proxy.nack(proxy.expect(Type::kListener), "no good");
  EXPECT_TRUE(proxy.quiet());
  plane.source->put(Type::kListener, "0.0.0.0_80", "good");
  plane.publish();
  proxy.ack(proxy.expect(Type::kListener));
  proxy.stream->inspect([](const auto& s, const Gate&) {
    EXPECT_EQ(s[static_cast<std::size_t>(Type::kListener)].acked, s[static_cast<std::size_t>(Type::kListener)].wanted);
    EXPECT_FALSE(s[static_cast<std::size_t>(Type::kListener)].rejection->current);
  });
}

TEST_F(Sotw, SlowProxyGetsTheNewest) {
  FakeProxy proxy(plane, Protocol::kSotw);
  start(proxy);
  proxy.slow = true;
  for (int i = 2; i < 20; ++i) {
    plane.source->put(Type::kCluster, "a", std::to_string(i));
    plane.publish();
  }
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, ElementsAre(Pair("a", "2"), Pair("b", "1")));
  proxy.finish_write();
  EXPECT_THAT(proxy.expect(Type::kCluster).resources, ElementsAre(Pair("a", "19"), Pair("b", "1")));
  proxy.finish_write();
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("a", "1")));
  proxy.finish_write();
  EXPECT_TRUE(proxy.quiet());
}

}  // namespace
}  // namespace amime::delivery::testing
