// Incremental equals from-scratch, byte for byte: an engine that lived through random edits has exactly the resources of
// one that was given the final objects, for sidecars and gateways, whole tables and virtual hosts one by one.
#include <gtest/gtest.h>

#include "incremental/random_mesh.h"
#include "mesh/testing.h"
#include "translate/engine.h"

namespace amime::test {
namespace {

using translate::Engine;
using translate::RouteDelivery;

constexpr int kSequences = 200;
constexpr int kSteps = 12;

struct Attached {
  mesh::ProxyFacts proxy;
  RouteDelivery delivery;
};

std::vector<Attached> proxies() {
  namespace mt = mesh::testing;
  auto none = mt::proxy("a", "p1", "10.0.0.1", {{"app", "s1"}});
  none.interception = mesh::InterceptionMode::kNone;
  auto dns = mt::proxy("b", "p4", "10.0.1.4");
  dns.dns_capture = dns.asks_names = true;
  return {
      {dns, RouteDelivery::kPerVirtualHost},
      {mt::proxy("a", "p0", "10.0.0.0", {{"app", "s0"}}), RouteDelivery::kPerVirtualHost},
      {mt::proxy("a", "p0", "10.0.0.0", {{"app", "s0"}}), RouteDelivery::kWhole},
      {none, RouteDelivery::kPerVirtualHost},
      {mt::proxy("b", "p2", "10.0.1.2", {{"app", "s2"}}), RouteDelivery::kPerVirtualHost},
      {mt::proxy("c", "p3", "10.0.2.3", {{"app", "s1"}}), RouteDelivery::kWhole},
      {mt::router("a", {{"istio", "ingress"}}), RouteDelivery::kPerVirtualHost},
      {mt::router("b", {{"istio", "ingress"}}), RouteDelivery::kWhole},
  };
}

std::vector<Engine::ScopeId> attach_all(Engine& engine) {
  std::vector<Engine::ScopeId> scopes;
  for (const auto& [proxy, delivery] : proxies()) scopes.push_back(engine.attach(proxy, delivery));
  return scopes;
}

void feed(Engine& engine, const std::vector<mesh::Change>& changes) {
  mesh::ChangeSet set;
  mesh::Mesh next = engine.mesh().apply(changes, &set);
  engine.update(std::move(next), set);
}

std::string describe(const translate::Catalog& a, const translate::Catalog& b) {
  std::string out;
  for (std::size_t type = 0; type < translate::kTypes; ++type) {
    const auto step = translate::diff(*a.sets[type], *b.sets[type]);
    for (const auto& r : step.updated) out += "\n  fresh has another or only: " + std::string(type_short(r->type)) + " " + r->name;
    for (const auto& name : step.removed)
      out += "\n  fresh lacks: " + std::string(translate::type_short(static_cast<translate::Type>(type))) + " " + name;
  }
  return out;
}

class Incremental : public testing::TestWithParam<int> {};

TEST_P(Incremental, EqualsFromScratch) {
  RandomMesh random(static_cast<std::uint32_t>(GetParam()));
  Engine lived;
  feed(lived, random.edits(30));
  const auto scopes = attach_all(lived);
  for (int step = 0; step < kSteps; ++step) {
    feed(lived, random.edits(1 + step % 4));
    if (step % 4 != 3) continue;
    Engine fresh;
    feed(fresh, mesh::testing::add_all(random.objects()));
    const auto fresh_scopes = attach_all(fresh);
    for (std::size_t i = 0; i < scopes.size(); ++i)
      ASSERT_EQ(describe(*lived.catalog(scopes[i]), *fresh.catalog(fresh_scopes[i])), "") << "proxy " << i << " after step " << step;
    ASSERT_EQ(lived.notes(), fresh.notes()) << "after step " << step;
  }
  // Alone in its engine a proxy shares nothing with anybody.
  const auto all = proxies();
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    Engine alone;
    feed(alone, mesh::testing::add_all(random.objects()));
    const auto scope = alone.attach(all[i].proxy, all[i].delivery);
    ASSERT_EQ(describe(*lived.catalog(scopes[i]), *alone.catalog(scope)), "") << "proxy " << i << " alone";
  }
}

// The comparison above would be empty praise if the meshes were: every type of resource occurs, and edits change most of it.
TEST(RandomMesh, ReachesEveryTypeOfResource) {
  RandomMesh random(7);
  Engine engine;
  std::size_t seen[translate::kTypes] = {}, changes = 0;
  const auto scopes = attach_all(engine);
  for (int step = 0; step < 120; ++step) {
    feed(engine, random.edits(2));
    changes += engine.take_changed().size();
    for (const auto scope : scopes)
      for (std::size_t type = 0; type < translate::kTypes; ++type) seen[type] += engine.catalog(scope)->sets[type]->size();
  }
  for (std::size_t type = 0; type < translate::kTypes; ++type)
    EXPECT_GT(seen[type], 5u) << translate::type_short(static_cast<translate::Type>(type));
  EXPECT_GT(changes, 100u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Incremental, testing::Range(0, kSequences));

TEST(IncrementalEngine, AnUnrelatedChangeRunsFewRules) {
  namespace mt = mesh::testing;
  std::vector<mesh::ObjectPtr> objects;
  for (int i = 0; i < 50; ++i)
    objects.push_back(mt::service("a", "s" + std::to_string(i), "10.96.0." + std::to_string(i + 1), {"http:80:8080"}));
  Engine engine;
  feed(engine, mt::add_all(objects));
  attach_all(engine);
  mesh::ChangeSet set;
  auto next = engine.mesh().apply({mt::add(mt::endpoint_slice("a", "s7-1", "s7", {"http:8080"}, {mt::endpoint("10.0.0.77")}))}, &set);
  EXPECT_LE(engine.update(std::move(next), set), 4u);
}

// What other namespaces' proxies share with the first one's is not worked out again.
TEST(IncrementalEngine, AnotherNamespaceCostsOnlyWhatDiffers) {
  namespace mt = mesh::testing;
  std::vector<mesh::ObjectPtr> objects;
  for (int i = 0; i < 50; ++i)
    objects.push_back(mt::service("a", "s" + std::to_string(i), "10.96.0." + std::to_string(i + 1), {"http:80:8080"}));
  objects.push_back(mt::service("b", "s", "10.96.1.1", {"http:80:8080"}));
  Engine engine;
  feed(engine, mt::add_all(objects));
  engine.attach(mt::proxy("a", "p", "10.0.0.1", {}), RouteDelivery::kPerVirtualHost);
  const auto before = engine.stats();
  engine.attach(mt::proxy("c", "p", "10.0.2.1", {}), RouteDelivery::kPerVirtualHost);
  // The 50 virtual hosts of namespace a have one name less there; the rest is inbound.
  EXPECT_LE(engine.stats().runs - before.runs, 54u);
  EXPECT_LE(engine.stats().verifications - before.verifications, 210u);
  const auto third = engine.stats();
  engine.attach(mt::proxy("d", "p", "10.0.3.1", {}), RouteDelivery::kPerVirtualHost);
  EXPECT_LE(engine.stats().runs - third.runs, 4u);
}

// A DestinationRule that only one namespace may see is that of its gateways alone, though both see the same services.
TEST(IncrementalEngine, GatewaysOfTwoNamespacesDoNotShareAPrivateRule) {
  namespace mt = mesh::testing;
  Engine engine;
  const auto web = "web.a.svc.cluster.local";
  feed(engine, mt::add_all({mt::service("a", "web", "10.96.0.1", {"http:80:8080"}),
                            mt::destination_rule("b", "web", std::string(R"({"host":")") + web + R"(","subsets":[{"name":"v1"}]})")}));
  const auto a = engine.attach(mt::router("a", {{"istio", "ingress"}}), RouteDelivery::kPerVirtualHost);
  const auto b = engine.attach(mt::router("b", {{"istio", "ingress"}}), RouteDelivery::kPerVirtualHost);
  const std::string subset = std::string("outbound|80|v1|") + web;
  EXPECT_EQ(engine.catalog(a)->of(translate::Type::kCluster)->find(subset), nullptr);
  EXPECT_NE(engine.catalog(b)->of(translate::Type::kCluster)->find(subset), nullptr);
}

}  // namespace
}  // namespace amime::test
