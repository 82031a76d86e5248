#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/mesh.h"
#include "mesh/testing.h"
#include "networking/v1alpha3/destination_rule.pb.h"

namespace amime::mesh {
namespace {

using namespace testing;
using ::testing::ElementsAre;

const std::string kHost = "web.svc.svc.cluster.local";  // of namespace svc

ObjectPtr rule(std::string_view ns, std::string_view name, std::string_view host, std::string_view rest = "") {
  return destination_rule(ns, name, R"({"host":")" + std::string(host) + '"' + std::string(rest) + "}");
}
// The names of the rules that a client of `client_ns` follows.
std::vector<std::string> followed(const Mesh& mesh, std::string_view client_ns, const Labels* labels = nullptr) {
  std::vector<std::string> out;
  if (auto policy = mesh.destination(kHost, "svc", client_ns, labels))
    for (const auto& key : policy->from) out.push_back(key.ns + "/" + key.name);
  return out;
}
using Nothing = std::vector<std::string>;

TEST(Destination, ClientsThenServicesThenRootNamespace) {
  auto client = rule("client", "r", kHost), own = rule("svc", "r", "web"), root = rule("istio-system", "r", "*.local");
  EXPECT_THAT(followed(mesh_of({client, own, root}), "client"), ElementsAre("client/r"));
  EXPECT_THAT(followed(mesh_of({own, root}), "client"), ElementsAre("svc/r"));
  EXPECT_THAT(followed(mesh_of({root}), "client"), ElementsAre("istio-system/r"));
  EXPECT_EQ(followed(mesh_of({rule("other", "r", kHost)}), "client"), Nothing{});
}

TEST(Destination, ClientsOfTheRootNamespaceLookAtTheServicesNamespaceFirst) {
  auto own = rule("svc", "r", "web"), root = rule("istio-system", "r", "*.local"),
       secret = rule("istio-system", "p", kHost, R"(,"exportTo":["."])");
  EXPECT_THAT(followed(mesh_of({own, root}), "istio-system"), ElementsAre("svc/r"));
  EXPECT_THAT(followed(mesh_of({own, root, secret}), "istio-system"), ElementsAre("istio-system/p"));
}

TEST(Destination, TheMostSpecificHostOfANamespaceCounts) {
  Mesh mesh = mesh_of({rule("svc", "all", "*"), rule("svc", "local", "*.local"), rule("svc", "ns", "*.svc.svc.cluster.local")});
  EXPECT_THAT(followed(mesh, "client"), ElementsAre("svc/ns"));
  EXPECT_THAT(followed(mesh.apply({add(rule("svc", "exact", "web"))}), "client"), ElementsAre("svc/exact"));
  EXPECT_THAT(followed(mesh.apply({remove(rule("svc", "ns", "*.svc.svc.cluster.local"))}), "client"), ElementsAre("svc/local"));
}

// Whether all clients follow the same may be answered no without need, but never yes where they do not.
TEST(Destination, SameForAll) {
  const std::vector<ObjectPtr> rules = {
      rule("svc", "own", "web"),
      rule("svc", "wide", "*.local"),
      rule("svc", "hidden", "web", R"(,"exportTo":["."])"),
      rule("istio-system", "r", "*"),
      rule("client", "r", kHost),
      rule("svc", "some", "web", R"(,"exportTo":["friend"])"),
      rule("istio-system", "p", kHost, R"(,"exportTo":["."])"),
      rule("svc", "chosen", "web", R"(,"workloadSelector":{"matchLabels":{"app":"x"}})"),
  };
  const Labels labels{{"app", "x"}};
  int yes = 0;
  for (unsigned picked = 0; picked < 1u << rules.size(); ++picked) {
    std::vector<ObjectPtr> some;
    for (std::size_t i = 0; i < rules.size(); ++i)
      if (picked >> i & 1u) some.push_back(rules[i]);
    const Mesh mesh = mesh_of(some);
    if (!mesh.same_destination_for_all(kHost, "svc")) continue;
    ++yes;
    for (const auto* ns : {"client", "friend", "svc", "istio-system"})
      EXPECT_EQ(followed(mesh, ns, &labels), followed(mesh, "other")) << ns << " with rules " << picked;
  }
  EXPECT_EQ(yes, 8);  // any of the service's own, its wildcard and the root namespace's
}

TEST(Destination, SameForAllFollowsEdits) {
  const Mesh mesh = mesh_of({rule("svc", "own", "web")});
  EXPECT_TRUE(mesh.same_destination_for_all(kHost, "svc"));
  const Mesh other = mesh.apply({add(rule("client", "r", "*.local"))});
  EXPECT_FALSE(other.same_destination_for_all(kHost, "svc"));
  EXPECT_TRUE(other.apply({remove(rule("client", "r", "*.local"))}).same_destination_for_all(kHost, "svc"));
}

TEST(Destination, ExportToHidesButStillStandsInTheWay) {
  auto here = rule("svc", "here", "web", R"(,"exportTo":["."])"), some = rule("svc", "some", "web", R"(,"exportTo":["friend"])");
  auto root = rule("istio-system", "r", "*");
  EXPECT_THAT(followed(mesh_of({here, root}), "client"), ElementsAre("istio-system/r"));
  EXPECT_THAT(followed(mesh_of({here, root}), "svc"), ElementsAre("svc/here"));
  EXPECT_THAT(followed(mesh_of({some}), "friend"), ElementsAre("svc/some"));
  EXPECT_EQ(followed(mesh_of({some}), "client"), Nothing{});
  // The wildcard of the same namespace is less specific and is not asked.
  EXPECT_EQ(followed(mesh_of({some, rule("svc", "wide", "*")}), "client"), Nothing{});
}

TEST(Destination, TheMeshsDefaultMayBePrivate) {
  auto config = mesh_config(R"({"defaultDestinationRuleExportTo":["."]})");
  EXPECT_EQ(followed(mesh_of({config, rule("svc", "r", "web")}), "client"), Nothing{});
  EXPECT_THAT(followed(mesh_of({config, rule("svc", "r", "web")}), "svc"), ElementsAre("svc/r"));
  EXPECT_THAT(followed(mesh_of({config, rule("svc", "r", "web", R"(,"exportTo":["*"])")}), "client"), ElementsAre("svc/r"));
}

const std::string kV1 = R"(,"subsets":[{"name":"v1","labels":{"version":"v1"}},{"name":"v2","labels":{"version":"v2"}}])";
const std::string kV2 = R"(,"subsets":[{"name":"v2","labels":{"version":"other"}},{"name":"v3","labels":{"version":"v3"}}])";
std::string pool(int connections) {
  return R"(,"trafficPolicy":{"connectionPool":{"tcp":{"maxConnections":)" + std::to_string(connections) + "}}}";
}

TEST(Destination, RulesOfOneHostJoinOldestFirst) {
  auto first = created_at(rule("svc", "z-first", "web", kV1), 1);
  auto second = created_at(rule("svc", "a-second", kHost, kV2 + pool(7)), 2);
  auto third = created_at(rule("svc", "third", "web", pool(9)), 3);
  Mesh mesh = mesh_of({third, second, first});
  auto policy = mesh.destination(kHost, "svc", "client");
  ASSERT_TRUE(policy);
  EXPECT_THAT(followed(mesh, "client"), ElementsAre("svc/z-first", "svc/a-second", "svc/third"));
  ASSERT_EQ(policy->rule->subsets_size(), 3);
  EXPECT_EQ(policy->rule->subsets(1).labels().at("version"), "v2");
  EXPECT_EQ(policy->rule->traffic_policy().connection_pool().tcp().max_connections(), 7);
  // Taking the first away gives the others the same answer as if it had never been.
  mesh = mesh.apply({remove(first)});
  EXPECT_EQ(mesh.destination(kHost, "svc", "client")->digest, mesh_of({second, third}).destination(kHost, "svc", "client")->digest);
}

TEST(Destination, RulesOfDifferentAudiencesDoNotJoin) {
  auto everyone = created_at(rule("svc", "everyone", "web", kV1), 1);
  auto here = created_at(rule("svc", "here", "web", pool(3) + R"(,"exportTo":["."])"), 2);
  Mesh mesh = mesh_of({everyone, here});
  EXPECT_THAT(followed(mesh, "client"), ElementsAre("svc/everyone"));
  EXPECT_THAT(followed(mesh, "svc"), ElementsAre("svc/here"));  // the later of those that concern the namespace
}

TEST(Destination, WorkloadSelectorsOnlyInTheirNamespaceAndOnlyForMatchingClients) {
  auto plain = rule("svc", "plain", "web", pool(1));
  auto chosen = rule("svc", "chosen", "web", pool(2) + R"(,"workloadSelector":{"matchLabels":{"app":"x"}})");
  Mesh mesh = mesh_of({plain, chosen});
  Labels x{{"app", "x"}}, y{{"app", "y"}};
  EXPECT_THAT(followed(mesh, "svc"), ElementsAre("svc/plain"));
  EXPECT_THAT(followed(mesh, "svc", &x), ElementsAre("svc/chosen"));
  EXPECT_THAT(followed(mesh, "svc", &y), ElementsAre("svc/plain"));
  EXPECT_THAT(followed(mesh, "client", &x), ElementsAre("svc/plain"));
}

TEST(Destination, TouchesItsHostAndOnlyWhenTheAnswerDiffers) {
  auto object = rule("svc", "r", "web", pool(1));
  Mesh mesh = mesh_of({object});
  ChangeSet changes;
  mesh.apply({add(rule("svc", "r", "web", pool(2)))}, &changes);
  EXPECT_THAT(changes.touched, ElementsAre(FactKey{Fact::kDestination, kHost}));
  mesh.apply({add(edited(object, [](Object& o) { o.annotations["note"] = "x"; }))}, &changes);
  EXPECT_THAT(changes.touched, ::testing::IsEmpty());
  mesh.apply({add(rule("svc", "r", "*.com"))}, &changes);
  EXPECT_THAT(changes.touched, ElementsAre(FactKey{Fact::kDestination, "*.com"}, FactKey{Fact::kDestination, kHost}));
}

}  // namespace
}  // namespace amime::mesh
