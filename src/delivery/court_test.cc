#include "delivery/court.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/metrics.h"
#include "delivery/engine_source.h"
#include "delivery/hub.h"
#include "delivery/registry.h"
#include "delivery/stats.h"
#include "mesh/testing.h"

namespace amime::delivery {
namespace {

using namespace mesh::testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

mesh::ObjectPtr routes(const std::string& header) {
  return virtual_service(
      "default", "a",
      R"({"hosts":["a"],"http":[{"headers":{"request":{"set":{"x":")" + header + R"("}}},"route":[{"destination":{"host":"a"}}]}]})");
}
mesh::ObjectPtr other_routes(const std::string& header) {
  return virtual_service(
      "default", "b",
      R"({"hosts":["b"],"http":[{"headers":{"request":{"set":{"x":")" + header + R"("}}},"route":[{"destination":{"host":"a"}}]}]})");
}

// Changes every route, whoever's it is.
mesh::ObjectPtr filter(const std::string& name) {
  return istio(
      mesh::Kind::kEnvoyFilter, "default", "f",
      R"({"configPatches":[{"applyTo":"HTTP_ROUTE","match":{"context":"SIDECAR_OUTBOUND"},"patch":{"operation":"MERGE","value":{"name":")" +
          name + R"("}}}]})");
}

// A control plane without proxies: its writer, and a court whose judge takes everything that does not contain "bad".
class CourtTest : public ::testing::Test {
 protected:
  CourtTest() : hub_(make_engine_source({.holds = {}, .before = {}}), {0, nullptr}, &stats_) {
    hub_.start();
    write({add(service("default", "a", "10.96.0.1", {"http:80:8080"})), add(service("default", "b", "10.96.0.2", {"http:80:8080"})),
           add(routes("fine")), add(other_routes("fine"))});
    facts_.id = "client.default";
    facts_.ns = "default";
  }
  ~CourtTest() override { hub_.stop(); }

  void write(const std::vector<mesh::Change>& changes) {
    hub_.submit(changes);
    hub_.wait_idle();
  }
  // What a proxy with whole tables is to have as table 80.
  translate::ResourcePtr table() {
    translate::ResourcePtr found;
    hub_.ask([&](CatalogSource& source) {
      const auto scope = source.attach(facts_, translate::RouteDelivery::kWhole);
      found = *source.catalog(scope)->of(translate::Type::kRoute)->find("80");
      source.detach(scope);
    });
    return found;
  }
  Charge charge(const std::string& error = "no") {
    return {table(), nullptr, error, std::make_shared<const mesh::ProxyFacts>(facts_), translate::RouteDelivery::kWhole};
  }
  std::vector<std::string> rejected() {
    std::vector<std::string> out;
    for (const auto& hold : hub_.snapshot()->holds)
      if (hold.what == mesh::Hold::What::kRejected) out.push_back(mesh::to_string(hold.key));
    return out;
  }
  std::optional<bool> judge(const translate::Resource& resource) {
    ++asked_;
    if (blind_) return std::nullopt;
    return resource.bytes->find("bad") == std::string::npos;
  }
  std::unique_ptr<Court> court(bool with_judge = true) {
    return std::make_unique<Court>(hub_, registry_,
                                   with_judge ? Court::Judge([this](const translate::Resource& r) { return judge(r); }) : nullptr);
  }

  base::MetricsRegistry metrics_;
  Stats stats_{metrics_};
  Registry registry_;
  Hub hub_;
  mesh::ProxyFacts facts_;
  int asked_ = 0;
  bool blind_ = false;
};

TEST_F(CourtTest, OfSeveralThatCameTheOneIsFoundThatIsBad) {
  write({add(routes("bad")), add(other_routes("fine too"))});
  const auto sits = court();
  sits->charge(charge("header is bad"));
  sits->sit();
  EXPECT_THAT(rejected(), ElementsAre("VirtualService default/a"));
  EXPECT_THAT(hub_.snapshot()->holds[0].reason, "client.default refused rds 80: header is bad; its version before is in force");
  EXPECT_EQ(table()->bytes->find("bad"), std::string::npos);
  EXPECT_NE(table()->bytes->find("fine too"), std::string::npos) << "everything else goes on";
}

TEST_F(CourtTest, AnEnvoyFilterIsFoundAmongThoseWhoseRoutesItChanges) {
  write({add(filter("fine"))});
  write({add(filter("bad")), add(routes("fine too")), add(other_routes("fine too"))});
  const auto sits = court();
  sits->charge(charge());
  sits->sit();
  EXPECT_THAT(rejected(), ElementsAre("EnvoyFilter default/f"));
  EXPECT_EQ(table()->bytes->find("bad"), std::string::npos);
}

TEST_F(CourtTest, AProxyMayHaveATroubleOfItsOwn) {
  write({add(routes("other"))});
  const auto sits = court();
  sits->charge(charge("cannot bind '10.0.0.1:80': Address already in use"));
  sits->sit();
  EXPECT_THAT(rejected(), IsEmpty());
}

TEST_F(CourtTest, WithoutAJudgeAllThatCameLastAreHeldBack) {
  write({add(routes("bad")), add(other_routes("fine too"))});
  const auto sits = court(false);
  sits->charge(charge());
  sits->sit();
  EXPECT_THAT(rejected(), UnorderedElementsAre("VirtualService default/a", "VirtualService default/b"));
}

TEST_F(CourtTest, WithoutAJudgeAnAddressThatCannotBeBoundIsTheProxysOwnTrouble) {
  write({add(routes("bad"))});
  const auto sits = court(false);
  sits->charge(charge("cannot bind '10.0.0.1:80': Address already in use"));
  sits->sit();
  EXPECT_THAT(rejected(), IsEmpty());
}

TEST_F(CourtTest, AJudgeThatDoesNotTakeWhatTheProxyHasIsNotBelieved) {
  write({add(routes("bad already"))});
  const auto had = table();
  write({add(routes("bad")), add(other_routes("fine too"))});
  const auto sits = court();
  auto one = charge();
  one.before = had;
  sits->charge(one);
  sits->sit();
  EXPECT_THAT(rejected(), UnorderedElementsAre("VirtualService default/a", "VirtualService default/b"));
}

TEST_F(CourtTest, AJudgeThatCannotAnswerIsAsNone) {
  blind_ = true;
  write({add(routes("bad"))});
  const auto sits = court();
  sits->charge(charge());
  sits->sit();
  EXPECT_THAT(rejected(), ElementsAre("VirtualService default/a"));
}

TEST_F(CourtTest, WhatWasBadFromTheStartIsTakenOut) {
  // Both are as old as the process: nothing says which came last.
  Hub hub(make_engine_source({.holds = {}, .before = {}}), {0, nullptr}, &stats_);
  hub.start();
  hub.submit({add(service("default", "a", "10.96.0.1", {"http:80:8080"})), add(routes("bad")), add(other_routes("fine"))});
  hub.wait_idle();
  translate::ResourcePtr refused;
  hub.ask([&](CatalogSource& source) {
    refused = *source.catalog(source.attach(facts_, translate::RouteDelivery::kWhole))->of(translate::Type::kRoute)->find("80");
  });
  Court sits(hub, registry_, [this](const translate::Resource& r) { return judge(r); });
  sits.charge({refused, nullptr, "no", std::make_shared<const mesh::ProxyFacts>(facts_), translate::RouteDelivery::kWhole});
  sits.sit();
  ASSERT_EQ(hub.snapshot()->holds.size(), 1u);
  EXPECT_EQ(mesh::to_string(hub.snapshot()->holds[0].key), "VirtualService default/a");
  hub.stop();
}

TEST_F(CourtTest, ManyProxiesThatRefuseTheSameAreOneCase) {
  write({add(routes("bad"))});
  const Charge one = charge();
  const auto sits = court();
  for (int i = 0; i < 3; ++i) sits->charge(one);
  sits->sit();
  const int asked = asked_;
  sits->charge(one);  // a late one
  sits->sit();
  EXPECT_EQ(asked_, asked);
  EXPECT_THAT(rejected(), ElementsAre("VirtualService default/a"));
  // Written again after another edit, it is looked into again.
  write({add(routes("good"))});
  write({add(routes("bad"))});
  sits->charge(charge());
  sits->sit();
  EXPECT_THAT(rejected(), ElementsAre("VirtualService default/a"));
}

TEST_F(CourtTest, SitsInAThreadOfItsOwn) {
  write({add(routes("bad"))});
  const auto sits = court();
  sits->start();
  sits->charge(charge());
  while (!sits->decided()) std::this_thread::yield();
  EXPECT_THAT(rejected(), ElementsAre("VirtualService default/a"));
  sits->stop();
  sits->charge(charge());
  EXPECT_EQ(sits->decided(), 1) << "it is closed";
}

}  // namespace
}  // namespace amime::delivery
