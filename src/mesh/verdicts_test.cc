#include "mesh/verdicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/holds.h"
#include "mesh/testing.h"

namespace amime::mesh {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

ObjectPtr routes(std::string_view prefix) {
  return virtual_service(
      "default", "a",
      R"({"hosts":["a"],"http":[{"match":[{"uri":{"prefix":")" + std::string(prefix) + R"("}}],"route":[{"destination":{"host":"a"}}]}]})");
}
ObjectPtr rule(const std::string& subset) {
  return destination_rule("default", "a",
                          R"({"host":"a","subsets":[{"name":")" + subset + R"(","labels":{"version":")" + subset + R"("}}]})");
}
const ObjectKey kRoutes{Kind::kVirtualService, "default", "a"}, kRule{Kind::kDestinationRule, "default", "a"};

struct World {
  Mesh mesh;
  Holds holds{HoldOptions{}};
  HoldTime now{};

  World() { write({add(service("default", "a", "10.96.0.1", {"http:80:8080"})), add(routes("/1"))}); }
  void write(const std::vector<Change>& changes) { mesh = mesh.apply(holds.take(mesh, changes, now)); }
  void reject(const ObjectPtr& version) {
    holds.reject(mesh, {{version->key, version->digest, "Envoy says no"}}, now);
    write({});
  }
  // In force: this version; null: none.
  bool has(const ObjectKey& key, const ObjectPtr& version) const {
    const auto object = mesh.object(key);
    return version ? object && object->digest == version->digest : !object;
  }
  std::vector<std::string> states() const {
    std::vector<std::string> out;
    for (const auto& hold : holds.list())
      out.push_back(std::string(state_name(hold.what)) + " " + to_string(hold.key) + ": " + hold.reason);
    return out;
  }
};

TEST(Verdicts, TheVersionBeforeComesBack) {
  World w;
  w.write({add(routes("/2"))});
  w.reject(routes("/2"));
  EXPECT_TRUE(w.has(kRoutes, routes("/1")));
  EXPECT_THAT(w.states(), ElementsAre("Rejected VirtualService default/a: Envoy says no"));
  w.write({add(service("default", "b", "10.96.0.2", {"http:80:8080"}))});
  EXPECT_TRUE(w.has(kRoutes, routes("/1"))) << "another change does not bring it back";
}

TEST(Verdicts, AnEditEndsIt) {
  World w;
  w.write({add(routes("/2"))});
  w.reject(routes("/2"));
  w.write({add(routes("/3"))});
  EXPECT_TRUE(w.has(kRoutes, routes("/3")));
  EXPECT_THAT(w.states(), IsEmpty());
  w.reject(routes("/3"));
  EXPECT_TRUE(w.has(kRoutes, routes("/1"))) << "what was refused before does not come back";
}

TEST(Verdicts, TheSameAgainIsStillRefused) {
  World w;
  w.write({add(routes("/2"))});
  w.reject(routes("/2"));
  w.write({add(routes("/2"))});
  EXPECT_TRUE(w.has(kRoutes, routes("/1")));
}

TEST(Verdicts, OfAFirstVersionNothingStays) {
  World w;
  w.reject(routes("/1"));
  EXPECT_TRUE(w.has(kRoutes, nullptr)) << "and it is not retained as something that was deleted";
  EXPECT_THAT(w.states(), ElementsAre("Rejected VirtualService default/a: Envoy says no"));
  w.write({{kRoutes, nullptr}});
  EXPECT_THAT(w.states(), IsEmpty()) << "deleted: there is nothing to say any more";
}

TEST(Verdicts, SeveralInTurnGoBackFurther) {
  World w;
  for (const char* prefix : {"/2", "/3", "/4"}) w.write({add(routes(prefix))});
  w.reject(routes("/4"));
  EXPECT_TRUE(w.has(kRoutes, routes("/3")));
}

TEST(Verdicts, OfWhatWasEditedMeanwhileDoesNotCount) {
  World w;
  w.write({add(routes("/2"))});
  w.write({add(routes("/3"))});
  w.reject(routes("/2"));
  EXPECT_TRUE(w.has(kRoutes, routes("/3")));
  EXPECT_THAT(w.states(), IsEmpty());
}

TEST(Verdicts, WhatIsRetainedGoesWithIt) {
  World w;
  w.write({add(rule("v1"))});
  w.write({add(rule("v2"))});  // v1 is retained beside it
  const auto both = w.mesh.object(kRule);
  ASSERT_FALSE(w.has(kRule, rule("v2")));
  w.reject(both);
  EXPECT_TRUE(w.has(kRule, rule("v1")));
  w.write({add(rule("v3"))});
  EXPECT_TRUE(w.mesh.object(kRule));
  EXPECT_THAT(w.holds.verdicts(), IsEmpty());
}

TEST(Verdicts, OutliveTheProcess) {
  World w;
  w.write({add(routes("/2"))});
  w.reject(routes("/2"));
  World next;  // which found version /1 in the record of what was in force
  next.holds.remember(w.holds.verdicts());
  next.write({add(routes("/2"))});
  EXPECT_TRUE(next.has(kRoutes, routes("/1")));
  EXPECT_EQ(next.holds.verdicts(), w.holds.verdicts());
  next.write({add(routes("/3"))});
  EXPECT_TRUE(next.has(kRoutes, routes("/3")));
}

TEST(Verdicts, APolicyIsNeverASuspect) {
  World w;
  const ObjectKey policy{Kind::kAuthorizationPolicy, "default", "p"};
  auto object = std::make_shared<Object>(*routes("/1"));
  object->key = policy;
  w.write({{policy, object}, add(routes("/2"))});
  const auto suspects = w.holds.suspects(w.mesh, {policy, kRoutes, kRule});
  ASSERT_EQ(suspects.size(), 1u);
  EXPECT_EQ(suspects[0].version->digest, routes("/2")->digest);
  EXPECT_EQ(suspects[0].before->digest, routes("/1")->digest);
  EXPECT_TRUE(suspects[0].edited);
}

}  // namespace
}  // namespace amime::mesh
