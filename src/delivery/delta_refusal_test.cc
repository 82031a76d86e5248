#include "delivery/delta_fixture.h"

namespace amime::delivery::testing {
namespace {

TEST_F(Delta, NackIsRecordedAndStallsNothing) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->put(Type::kCluster, "a", "bad");
  plane.publish();
  proxy.nack(proxy.expect(Type::kCluster), "cluster a is bad");
  proxy.ack(proxy.expect(Type::kEndpoint));
  EXPECT_EQ(plane.stats.rejects[0]->value(), 1);
  proxy.stream->inspect([](const auto& subscriptions, const Gate&) {
    const auto& clusters = subscriptions[0];
    ASSERT_TRUE(clusters.rejection);
    EXPECT_EQ(clusters.rejection->error, "cluster a is bad");
    EXPECT_THAT(clusters.rejection->resources, ElementsAre(::testing::Pointee(::testing::Field(&translate::Resource::name, "a"))));
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
  proxy.stream->inspect([](const auto& subscriptions, const Gate&) { EXPECT_FALSE(subscriptions[0].rejection->current); });
}

TEST_F(Delta, OneBadEndpointSetDoesNotTakeTheOthersWithIt) {
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back("e" + std::to_string(i));
  for (const auto& name : names) plane.source->put(Type::kEndpoint, name, name == "e150" ? "bad" : "1");
  plane.publish();
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kEndpoint, {.subscribe = names});
  std::map<std::string, std::string> accepted;
  int messages = 0;
  for (std::optional<Response> message; (message = proxy.take()) && messages < 100; ++messages) {
    if (message->resources.contains("e150")) {
      proxy.nack(*message, "endpoint is bad");
    } else {
      accepted.insert(message->resources.begin(), message->resources.end());
      proxy.ack(*message);
    }
  }
  EXPECT_EQ(accepted.size(), 299u);
  EXPECT_LT(messages, 60);
  EXPECT_TRUE(proxy.quiet());
  plane.source->put(Type::kEndpoint, "e150", "good");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Pair("e150", "good")));
}

TEST_F(Delta, OfRefusedVirtualHostsOnlyTheBadOneIsLeftOut) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kRoute, {.subscribe = {"80", "8080"}});
  proxy.ack(proxy.expect(Type::kRoute));
  proxy.ask(Type::kVirtualHost);
  proxy.ack(proxy.expect(Type::kVirtualHost));
  plane.source->put(Type::kVirtualHost, "80/x", "bad");
  plane.source->put(Type::kVirtualHost, "80/new", "1");
  plane.source->remove(Type::kVirtualHost, "80/y");
  plane.source->put(Type::kVirtualHost, "8080/x", "2");
  plane.publish();
  proxy.nack(proxy.expect(Type::kVirtualHost), "80/x is bad");
  std::map<std::string, std::string> accepted;
  std::vector<std::string> removed;
  while (auto message = proxy.take()) {
    if (message->resources.contains("80/x")) {
      proxy.nack(*message, "80/x is bad");
      continue;
    }
    accepted.insert(message->resources.begin(), message->resources.end());
    removed.insert(removed.end(), message->removed.begin(), message->removed.end());
    proxy.ack(*message);
  }
  EXPECT_THAT(accepted, UnorderedElementsAre(Pair("80/new", "1"), Pair("8080/x", "2")));
  EXPECT_THAT(removed, ElementsAre("80/y"));
}

TEST_F(Delta, WhatMovesBetweenRefusedVirtualHostsStaysInOneMessage) {
  constexpr std::uint64_t kDomain = 7;
  plane.source->put(Type::kVirtualHost, "80/x", "has the domain", {}, {kDomain});
  plane.publish();
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  plane.source->remove(Type::kVirtualHost, "80/x");
  plane.source->put(Type::kVirtualHost, "80/z", "takes the domain", {}, {kDomain});
  plane.source->put(Type::kVirtualHost, "80/y", "bad");
  plane.publish();
  proxy.nack(proxy.expect(Type::kVirtualHost), "80/y is bad");
  proxy.nack(proxy.expect(Type::kVirtualHost), "80/y is bad");
  const Response moved = proxy.expect(Type::kVirtualHost);
  EXPECT_THAT(moved.resources, ElementsAre(Key("80/z")));
  EXPECT_THAT(moved.removed, ElementsAre("80/x"));
}

TEST_F(Delta, StaleNonceSettlesNothingButSubscribes) {
  FakeProxy proxy(plane, Protocol::kDelta);
  ask(proxy, Type::kEndpoint, {.subscribe = {"a"}});
  const Response first = proxy.expect(Type::kEndpoint);
  proxy.ask(Type::kEndpoint, {.subscribe = {"b"}, .nonce = "77.1"});
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Key("b")));
  EXPECT_EQ(plane.stats.expired_nonces[1]->value(), 1);
  proxy.stream->inspect([](const auto& s, const Gate&) { EXPECT_EQ(s[1].acked_number, 0u); });
  proxy.ack(first);
  proxy.stream->inspect([](const auto& s, const Gate&) {
    EXPECT_EQ(s[1].acked->size(), 1u);
    EXPECT_EQ(s[1].unanswered.size(), 1u);
  });
}

}  // namespace
}  // namespace amime::delivery::testing
