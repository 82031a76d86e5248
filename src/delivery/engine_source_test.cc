#include "delivery/engine_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/testing.h"

namespace amime::delivery {
namespace {

using namespace mesh::testing;
using mesh::Kind;
using mesh::ObjectKey;

mesh::ObjectPtr routes(const std::string& subset) {
  return virtual_service("default", "a",
                         R"({"hosts":["a"],"http":[{"route":[{"destination":{"host":"a","subset":")" + subset + R"("}}]}]})");
}
mesh::ObjectPtr rule(const std::string& subset) {
  return destination_rule("default", "a",
                          R"({"host":"a","subsets":[{"name":")" + subset + R"(","labels":{"version":")" + subset + R"("}}]})");
}
const ObjectKey kRoutes{Kind::kVirtualService, "default", "a"}, kRule{Kind::kDestinationRule, "default", "a"},
    kService{Kind::kService, "default", "a"};

std::vector<std::string> states(const CatalogSource& source) {
  std::vector<std::string> out;
  for (const auto& hold : source.holds()) out.push_back(std::string(mesh::state_name(hold.what)) + " " + mesh::to_string(hold.key));
  return out;
}

// A control plane that comes back and reads something else than what was in force when it went.
TEST(EngineSource, TheFirstReadAfterARestartIsAnEditOfWhatWasInForce) {
  const auto source = make_engine_source({.holds = {}, .before = {}});
  source->resume({{kRoutes, routes("v1")}, {kRule, rule("v1")}});
  source->update({add(service("default", "a", "10.96.0.1", {"http:80"})), add(routes("v2")), add(rule("v2"))}, {});
  EXPECT_EQ(source->mesh()->object(kRoutes)->digest, routes("v2")->digest);
  EXPECT_NE(source->mesh()->object(kRule)->digest, rule("v2")->digest) << "v1 is kept beside it for a while";
  EXPECT_THAT(states(*source), ::testing::ElementsAre("Retained DestinationRule default/a"));
}

TEST(EngineSource, AnEditWhileItWasAwayIsHeld) {
  const auto source = make_engine_source({.holds = {}, .before = {}});
  source->resume({{kRoutes, routes("v1")}});
  source->update({add(service("default", "a", "10.96.0.1", {"http:80"})), add(routes("v2")), add(rule("v1"))}, {});
  EXPECT_EQ(source->mesh()->object(kRoutes)->digest, routes("v1")->digest);
  EXPECT_THAT(states(*source), ::testing::ElementsAre("Held VirtualService default/a"));
}

TEST(EngineSource, WhatWasDeletedWhileItWasAwayStaysForAWhile) {
  const auto source = make_engine_source({.holds = {}, .before = {}});
  source->resume({{kService, service("default", "a", "10.96.0.1", {"http:80"})}});
  source->update({add(service("default", "b", "10.96.0.2", {"http:80"}))}, {});
  EXPECT_TRUE(source->mesh()->object(kService));
  EXPECT_THAT(states(*source), ::testing::ElementsAre("Retained Service default/a"));
  source->update({}, std::chrono::steady_clock::time_point() + std::chrono::hours(1));
  EXPECT_FALSE(source->mesh()->object(kService));
}

TEST(EngineSource, WhatCameWhileItWasAwayDanglesAsAFirstVersionDoes) {
  const auto source = make_engine_source({.holds = {}, .before = {}});
  source->resume({{kRoutes, nullptr}});
  source->update({add(service("default", "a", "10.96.0.1", {"http:80"})), add(routes("nowhere"))}, {});
  EXPECT_TRUE(source->mesh()->object(kRoutes));
  EXPECT_TRUE(source->holds().empty());
}

TEST(EngineSource, WhatWasHeldIsTheBetterWitness) {
  const auto source = make_engine_source({.holds = {}, .before = {{routes("v1")}, {}}});
  source->resume({{kRoutes, routes("v0")}});
  source->update({add(service("default", "a", "10.96.0.1", {"http:80"})), add(routes("v2")), add(rule("v1"))}, {});
  EXPECT_EQ(source->mesh()->object(kRoutes)->digest, routes("v1")->digest);
}

}  // namespace
}  // namespace amime::delivery
