// Proxies whose Envoys were built with different extensions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/testing.h"
#include "translate/engine.h"
#include "translate/view.h"

namespace amime::translate {
namespace {

namespace mt = mesh::testing;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
constexpr const char* kProxyProtocol = "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport";
constexpr const char* kRaw = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";
constexpr const char* kDatabase = "outbound|5432||db.default.svc.cluster.local";

mesh::ProxyFacts built_with(std::vector<std::string_view> names) {
  auto proxy = mt::proxy("default");
  proxy.extensions = std::make_shared<const mesh::Extensions>(names);
  return proxy;
}

struct World {
  Engine engine;
  void feed(const std::vector<mesh::Change>& changes) {
    mesh::ChangeSet set;
    auto next = engine.mesh().apply(changes, &set);
    engine.update(std::move(next), set);
  }
  explicit World(const std::vector<mesh::ObjectPtr>& objects) { feed(mt::add_all(objects)); }
  std::vector<std::string> notes() const {
    std::vector<std::string> out;
    for (const auto& note : engine.notes()) out.push_back(note.object.name + ": " + note.text);
    return out;
  }
  bool has(Engine::ScopeId scope, const char* cluster) const { return engine.catalog(scope)->of(Type::kCluster)->find(cluster) != nullptr; }
};

mesh::ObjectPtr database() { return mt::service("default", "db", "10.96.0.7", {"tcp:5432"}); }
mesh::ObjectPtr rule() {
  return mt::destination_rule("default", "db", R"({"host":"db","trafficPolicy":{"proxyProtocol":{"version":"V2"}}})");
}

TEST(Builds, WhatAProxyCannotLoadIsNotSentAndSaid) {
  World world({database(), rule()});
  const auto all = world.engine.attach(mt::proxy("default"), RouteDelivery::kWhole);
  EXPECT_THAT(world.notes(), IsEmpty());
  const auto few = world.engine.attach(built_with({kOptions, kRaw}), RouteDelivery::kWhole);
  EXPECT_TRUE(world.has(all, kDatabase));
  EXPECT_FALSE(world.has(few, kDatabase));
  EXPECT_TRUE(world.has(few, "PassthroughCluster")) << "all else is";
  EXPECT_THAT(world.notes(), testing::Contains(testing::HasSubstr(std::string("db: cds ") + kDatabase + " is not sent")));

  world.feed({mt::remove(rule())});
  EXPECT_TRUE(world.has(few, kDatabase)) << "it can be had again";
  world.feed({mt::add(rule())});
  EXPECT_FALSE(world.has(few, kDatabase));
  world.engine.detach(few);
  EXPECT_THAT(world.notes(), IsEmpty()) << "nobody lacks it any more";
}

TEST(Builds, ListsThatDifferInWhatIsNotUsedShareAllResources) {
  World world({database(), rule(), mt::service("default", "web", "10.96.0.8", {"http:80"})});
  const auto one = world.engine.attach(built_with({kOptions, kRaw, kProxyProtocol}), RouteDelivery::kWhole);
  const auto runs = world.engine.stats().runs;
  const auto two = world.engine.attach(built_with({kOptions, kRaw, kProxyProtocol, "of.Nobody"}), RouteDelivery::kWhole);
  EXPECT_EQ(world.engine.catalog(one), world.engine.catalog(two));
  EXPECT_EQ(world.engine.stats().runs, runs) << "no rule had to be run again";
}

TEST(Builds, IncrementalEqualsFromScratchForEachOfThem) {
  World stepwise({});
  std::vector<mesh::ProxyFacts> proxies{mt::proxy("default"), built_with({kOptions, kRaw}), built_with({kOptions, kRaw, kProxyProtocol})};
  std::vector<Engine::ScopeId> scopes;
  for (const auto& proxy : proxies) scopes.push_back(stepwise.engine.attach(proxy, RouteDelivery::kWhole));
  for (const auto& object : {database(), rule()}) stepwise.feed({mt::add(object)});
  World whole({database(), rule()});
  for (std::size_t i = 0; i < proxies.size(); ++i) {
    const auto expected = whole.engine.catalog(whole.engine.attach(proxies[i], RouteDelivery::kWhole));
    for (std::size_t type = 0; type < kTypes; ++type)
      EXPECT_EQ(stepwise.engine.catalog(scopes[i])->sets[type]->digest(), expected->sets[type]->digest()) << i << ' ' << type;
  }
}

TEST(Builds, AViewRecordsEachQuestion) {
  const mesh::Mesh mesh;
  const auto some = built_with({"a.A"}), others = built_with({"b.B"}), unknown = mt::proxy("default");
  Trace trace;
  const Scene scene{&mesh, &some, mesh.visible(some), nullptr};
  View view(scene, &trace);
  EXPECT_TRUE(view.can_load("a.A"));
  EXPECT_FALSE(view.can_load("b.B"));
  EXPECT_TRUE(view.lists("a.A"));
  EXPECT_EQ(trace.size(), 3u);
  EXPECT_TRUE(verify(trace, scene));
  EXPECT_FALSE(verify(trace, {&mesh, &others, mesh.visible(others), nullptr}));
  trace.clear();
  const Scene open{&mesh, &unknown, mesh.visible(unknown), nullptr};
  View any(open, &trace);
  EXPECT_TRUE(any.can_load("b.B")) << "nothing is said, so nothing is denied";
  EXPECT_FALSE(any.lists("b.B"));
}

TEST(Builds, WithoutAReleaseOfIstiosTheVersionOfEnvoyCounts) {
  const mesh::Mesh mesh;
  const auto at_least = [&](int envoy, const char* istio) {
    auto proxy = mt::proxy("default");
    proxy.envoy_minor = envoy;
    proxy.istio_version = istio;
    Trace trace;
    const Scene scene{&mesh, &proxy, mesh.visible(proxy), nullptr};
    return View(scene, &trace).proxy_at_least(29);
  };
  EXPECT_FALSE(at_least(36, ""));
  EXPECT_TRUE(at_least(37, ""));
  EXPECT_TRUE(at_least(0, "")) << "who says nothing is new";
  EXPECT_TRUE(at_least(36, "1.29.0"));
  EXPECT_FALSE(at_least(40, "1.28.3"));
  EXPECT_TRUE(at_least(36, "2.0.0"));
}

}  // namespace
}  // namespace amime::translate
