#include "delivery/delta_fixture.h"

namespace amime::delivery::testing {
namespace {

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
    proxies.push_back(std::make_unique<FakeProxy>(plane, Protocol::kDelta,
                                                  "sidecar~10.0.0.1~p" + std::to_string(i) + ".default~default.svc.cluster.local"));
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
    proxy->stream->inspect([&](const auto& s, const Gate&) {
      if (!shared) shared = s[1].sent.get();
      EXPECT_EQ(s[1].sent.get(), shared);
    });
  }
}

}  // namespace
}  // namespace amime::delivery::testing
