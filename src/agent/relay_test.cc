#include "agent/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "agent/types.h"
#include "base/wire.h"

namespace amime::agent {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

constexpr std::string_view kEndpoints = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

// The control plane, played by the test.
struct PlayedUpstream final : Upstream {
  void start(UpstreamEvents& to) override { events = &to; }
  void stop() override { events = nullptr; }
  void send(std::string message) override { sent.push_back(std::move(message)); }
  DeltaRequest next() {
    EXPECT_FALSE(sent.empty());
    if (sent.empty()) return {};
    last = std::move(sent.front());
    sent.erase(sent.begin());
    return *read_request(last);
  }
  UpstreamEvents* events = nullptr;
  std::vector<std::string> sent;
  std::string last;
};

// Envoy's end of the stream.
struct PlayedEnvoy final : Link {
  void send(std::string message) override { got.push_back(std::move(message)); }
  void close(const absl::Status& status) override { closed = status; }
  DeltaResponse next() {
    EXPECT_FALSE(got.empty());
    if (got.empty()) return {};
    last = std::move(got.front());
    got.erase(got.begin());
    return *read_response(last);
  }
  std::vector<std::string> got;
  std::string last;
  absl::Status closed;
};

std::string encoded(std::string_view name, std::string_view version, std::string_view value = "value") {
  std::string any, out;
  base::append_bytes(any, 2, value);
  base::append_bytes(out, 1, version);
  base::append_bytes(out, 2, any);
  base::append_bytes(out, 3, name);
  return out;
}
using Named = std::vector<std::pair<std::string, std::string>>;
std::string response(std::string_view type, std::string_view nonce, const Named& resources, const std::vector<std::string>& removed = {}) {
  std::string out = response_head(type, nonce);
  for (const auto& [name, version] : resources) append_resource(out, encoded(name, version));
  for (const auto& name : removed) base::append_bytes(out, 6, name);
  return out;
}
std::string asks(std::string_view type, const std::vector<std::string>& names, bool first = false) {
  RequestWriter out(type);
  if (first) out.node("NODE");
  for (const auto& name : names) out.subscribe(name);
  return out.take();
}
std::string acks(std::string_view type, std::string_view nonce) {
  RequestWriter out(type);
  out.nonce(nonce);
  return out.take();
}
std::string nacks(std::string_view type, std::string_view nonce) {
  std::string out = acks(type, nonce);
  base::append_bytes(out, 7, "");
  return out;
}
std::vector<std::string> names_of(const DeltaResponse& response) {
  std::vector<std::string> out;
  for (const auto& resource : response.resources) out.emplace_back(resource.name);
  return out;
}

class RelayTest : public testing::Test {
 protected:
  RelayTest() {
    options.patience = 1ms;
    restart_agent();
  }
  ~RelayTest() override {
    relay.reset();
    std::filesystem::remove_all(dir);
  }

  // A new process with the same disk.
  void restart_agent() {
    session.reset(), relay.reset();
    last_good = std::make_unique<LastGood>(LastGood::Options{dir, bound_to});
    EXPECT_TRUE(last_good->load().ok());
    options.on_names = [this](std::string_view table) { tables.emplace_back(table); };
    relay = std::make_unique<Relay>(loop, *last_good, upstream, options);
    new_envoy();
  }
  void new_envoy() {
    session.reset();
    envoy = std::make_unique<PlayedEnvoy>();
    upstream.sent.clear();
    session = relay->open(*envoy);
  }
  void say(const std::string& message) { session->on_message(message); }
  void answer(const std::string& message) { upstream.events->on_response(message); }
  bool eventually(const std::function<bool()>& condition) { return loop.run_until(condition, 5s); }
  // Envoy takes the next response.
  DeltaResponse take(std::string_view type) {
    auto out = envoy->next();
    EXPECT_EQ(out.type, type);
    say(acks(type, out.nonce));
    return out;
  }
  // An Envoy that has one cluster and its endpoints from a control plane.
  void serve_one() {
    upstream.events->on_connected();
    say(asks(kClusterType, {"*"}, true));
    answer(response(kClusterType, "1", {{"a", "v1"}}));
    take(kClusterType);
    say(asks(kEndpoints, {"a"}));
    answer(response(kEndpoints, "2", {{"a", "e1"}}));
    take(kEndpoints);
    upstream.sent.clear();
  }

  const std::string dir = std::filesystem::temp_directory_path() / ("amime-relay-" + std::to_string(getpid()));
  std::string bound_to = "me";
  Loop loop;
  PlayedUpstream upstream;
  Relay::Options options;
  std::unique_ptr<LastGood> last_good;
  std::unique_ptr<Relay> relay;
  std::unique_ptr<PlayedEnvoy> envoy;
  std::unique_ptr<Session> session;
  std::vector<std::string> tables;
};

TEST_F(RelayTest, PassesRequestsAnswersAndAcknowledgementsOn) {
  upstream.events->on_connected();
  say(asks(kClusterType, {"*"}, true));
  auto request = upstream.next();
  EXPECT_EQ(request.node, "NODE");
  EXPECT_EQ(request.type, kClusterType);
  EXPECT_THAT(request.subscribe, ElementsAre("*"));
  answer(response(kClusterType, "n1", {{"a", "v1"}, {"b", "v1"}}));
  const auto got = envoy->next();
  EXPECT_THAT(names_of(got), ElementsAre("a", "b"));
  say(acks(kClusterType, got.nonce));
  request = upstream.next();
  EXPECT_EQ(request.nonce, "n1");
  EXPECT_FALSE(request.refused);
  answer(response(kClusterType, "n2", {{"a", "v2"}}));
  say(nacks(kClusterType, envoy->next().nonce));
  request = upstream.next();
  EXPECT_EQ(request.nonce, "n2");
  EXPECT_TRUE(request.refused);
}

TEST_F(RelayTest, ANewStreamUpstreamBeginsWithWhatEnvoyWantsAndHas) {
  serve_one();
  upstream.events->on_lost(absl::UnavailableError("gone"), false);
  say(asks(kEndpoints, {"b"}));
  EXPECT_THAT(upstream.sent, IsEmpty());
  upstream.events->on_connected();
  auto request = upstream.next();
  EXPECT_EQ(request.type, kClusterType);
  EXPECT_EQ(request.node, "NODE");
  EXPECT_THAT(request.versions, ElementsAre(Pair("a", "v1")));
  request = upstream.next();
  EXPECT_EQ(request.type, kEndpoints);
  EXPECT_TRUE(request.node.empty());
  EXPECT_THAT(request.subscribe, ElementsAre("a", "b"));
  EXPECT_THAT(request.versions, ElementsAre(Pair("a", "e1")));
  EXPECT_TRUE(envoy->closed.ok());
  EXPECT_EQ(relay->state().reconnects, 1u);
}

TEST_F(RelayTest, AnAnswerToTheStreamBeforeDoesNotGoToTheNext) {
  serve_one();
  answer(response(kClusterType, "3", {{"a", "v2"}}));
  const auto late = envoy->next();
  upstream.events->on_lost(absl::UnavailableError("gone"), false);
  upstream.events->on_connected();
  upstream.sent.clear();
  say(acks(kClusterType, late.nonce));
  EXPECT_THAT(upstream.sent, IsEmpty());
  RequestWriter with_names(kEndpoints);
  with_names.nonce(late.nonce);
  with_names.subscribe("c");
  say(with_names.take());
  EXPECT_EQ(upstream.next().nonce, "");
}

TEST_F(RelayTest, WithoutAControlPlaneANewEnvoyGetsWhatTheLastOneHad) {
  serve_one();
  upstream.events->on_lost(absl::UnavailableError("gone"), false);
  new_envoy();
  say(asks(kClusterType, {"*"}, true));
  ASSERT_TRUE(eventually([&] { return !envoy->got.empty(); }));
  EXPECT_THAT(names_of(take(kClusterType)), ElementsAre("a"));
  say(asks(kEndpoints, {"a", "unknown"}));
  EXPECT_THAT(names_of(take(kEndpoints)), ElementsAre("a"));
  EXPECT_TRUE(relay->state().from_last_good);
  upstream.events->on_connected();
  EXPECT_THAT(upstream.next().versions, ElementsAre(Pair("a", "v1")));
  EXPECT_THAT(upstream.next().versions, ElementsAre(Pair("a", "e1")));
  answer(response(kClusterType, "1", {}, {"a"}));
  EXPECT_THAT(take(kClusterType).removed, ElementsAre("a"));
}

TEST_F(RelayTest, AtOnceIfAllRefuse) {
  serve_one();
  options.patience = 1h;
  restart_agent();
  say(asks(kClusterType, {"*"}, true));
  EXPECT_THAT(envoy->got, IsEmpty());
  upstream.events->on_lost(absl::UnavailableError("gone"), true);
  EXPECT_THAT(names_of(take(kClusterType)), ElementsAre("a"));
}

TEST_F(RelayTest, SoItIsAfterAnAgentsRestart) {
  serve_one();
  restart_agent();
  say(asks(kClusterType, {"*"}, true));
  ASSERT_TRUE(eventually([&] { return !envoy->got.empty(); }));
  const auto got = envoy->next();
  ASSERT_THAT(names_of(got), ElementsAre("a"));
  EXPECT_EQ(got.resources[0].version, "v1");
  EXPECT_EQ(value_of(got.resources[0].encoded), "value");
}

TEST_F(RelayTest, ButNotForAnotherOwner) {
  serve_one();
  bound_to = "somebody else";
  restart_agent();
  EXPECT_EQ(last_good->size(), 0u);
}

TEST_F(RelayTest, WhatIsTooOldIsNotUsed) {
  serve_one();
  options.max_age = 60s;
  restart_agent();
  last_good->confirm(std::chrono::system_clock::now() - 61s);
  say(asks(kClusterType, {"*"}, true));
  EXPECT_FALSE(loop.run_until([&] { return !envoy->got.empty(); }, 20ms));
}

TEST_F(RelayTest, WhatEnvoyRefusedIsNotLastGood) {
  serve_one();
  answer(response(kClusterType, "3", {{"bad", "v1"}}));
  say(nacks(kClusterType, envoy->next().nonce));
  restart_agent();
  EXPECT_EQ(last_good->size(), 2u);
}

TEST_F(RelayTest, ACompleteEnvoyMakesTheRestForgotten) {
  serve_one();
  options.settle = 1ms;
  restart_agent();
  upstream.events->on_connected();
  say(asks(kClusterType, {"*"}, true));
  answer(response(kClusterType, "1", {{"other", "v1"}}));
  take(kClusterType);
  say(asks(kListenerType, {"*"}));
  answer(response(kListenerType, "2", {{"l", "v1"}}));
  take(kListenerType);
  EXPECT_TRUE(eventually([&] {
    bool there = false;
    last_good->for_each(kClusterType, [&](const std::string& name, LastGood::Entry&) { there = there || name == "a"; });
    return !there;
  }));
}

TEST_F(RelayTest, SecretsAndKeysDoNotGoToDisk) {
  upstream.events->on_connected();
  say(asks(kSecretType, {"kubernetes://tls"}, true));
  answer(response(kSecretType, "1", {{"kubernetes://tls", "v1"}}));
  take(kSecretType);
  say(asks(kListenerType, {"*"}));
  std::string with_key = response_head(kListenerType, "2");
  append_resource(with_key, encoded("l", "v1", "-----BEGIN PRIVATE KEY-----"));
  answer(with_key);
  take(kListenerType);
  last_good->for_each(kSecretType, [](const std::string&, LastGood::Entry& entry) { EXPECT_EQ(entry.size, 0u); });
  last_good->for_each(kListenerType, [](const std::string&, LastGood::Entry& entry) { EXPECT_EQ(entry.size, 0u); });
  restart_agent();
  EXPECT_EQ(last_good->size(), 0u);
}

TEST_F(RelayTest, TheAgentAsksForNamesItselfAfterListeners) {
  options.names = true;
  restart_agent();
  upstream.events->on_connected();
  say(asks(kClusterType, {"*"}, true));
  EXPECT_EQ(upstream.next().type, kClusterType);
  say(asks(kListenerType, {"*"}));
  EXPECT_EQ(upstream.next().type, kListenerType);
  EXPECT_EQ(upstream.next().type, kNameTableType);
  std::string names = response_head(kNameTableType, "5");
  append_resource(names, encoded("names", "v1", "TABLE"));
  answer(names);
  EXPECT_THAT(envoy->got, IsEmpty());
  EXPECT_THAT(tables, ElementsAre("TABLE"));
  const auto ack = upstream.next();
  EXPECT_EQ(ack.type, kNameTableType);
  EXPECT_EQ(ack.nonce, "5");
  restart_agent();  // without a control plane they are there as well
  say(asks(kListenerType, {"*"}, true));
  EXPECT_TRUE(eventually([&] { return tables.size() == 2; }));
}

TEST_F(RelayTest, WhatNobodyAskedForDoesNotReachEnvoy) {
  upstream.events->on_connected();
  say(asks(kClusterType, {"*"}, true));
  answer(response("type.googleapis.com/istio.mesh.v1alpha1.ProxyConfig", "1", {{"a", "v"}}));
  EXPECT_THAT(envoy->got, IsEmpty());
}

// Envoy asks for virtual hosts without naming any.
TEST_F(RelayTest, VirtualHostsComeWithTheirTables) {
  upstream.events->on_connected();
  say(asks(kRouteType, {"80", "81"}, true));
  answer(response(kRouteType, "1", {{"80", "v1"}, {"81", "v1"}}));
  take(kRouteType);
  say(asks(kVirtualHostType, {}));
  answer(response(kVirtualHostType, "2", {{"80/app", "v1"}, {"80/other", "v1"}, {"81/app", "v1"}}));
  take(kVirtualHostType);
  upstream.events->on_lost(absl::UnavailableError("gone"), false);
  new_envoy();
  say(asks(kRouteType, {"80"}, true));
  ASSERT_TRUE(eventually([&] { return !envoy->got.empty(); }));
  take(kRouteType);
  say(asks(kVirtualHostType, {}));
  ASSERT_FALSE(envoy->got.empty());
  EXPECT_THAT(names_of(envoy->next()), UnorderedElementsAre("80/app", "80/other"));
}

TEST_F(RelayTest, NonsenseEndsTheStream) {
  say("\xff\xff\xff");
  EXPECT_TRUE(absl::IsInvalidArgument(envoy->closed));
  upstream.events->on_connected();
  answer("\xff\xff\xff");
}

}  // namespace
}  // namespace amime::agent
