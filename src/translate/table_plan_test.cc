#include "translate/table_plan.h"

#include <gmock/gmock.h>

namespace amime::translate {
namespace {

using mesh::Protocol;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// An egress listener put together by hand: plans see nothing but headers.
struct Egress {
  mesh::EgressListener listener;

  mesh::Service& service(std::string host, std::vector<std::uint32_t> ports, Protocol protocol = Protocol::kHttp) {
    auto service = std::make_shared<mesh::Service>();
    service->host = std::move(host);
    service->kubernetes = service->host.ends_with(".svc.cluster.local");
    for (const std::uint32_t port : ports) service->ports.push_back({.name = "p", .port = port, .protocol = protocol});
    listener.services.push_back(service);
    return *service;
  }
  void virtual_service(std::string name, std::vector<std::string> hosts) {
    auto object = std::make_shared<mesh::Object>();
    object->key = {mesh::Kind::kVirtualService, "ns", std::move(name)};
    listener.virtual_services.push_back({object, std::move(hosts)});
  }
  std::vector<VirtualHostPlan> plan(std::string table) const {
    return plan_table(listener, {.egress = 0, .table = std::move(table), .client_namespace = [] { return "default"; }});
  }
};

std::vector<std::string> names(const std::vector<VirtualHostPlan>& plans) {
  std::vector<std::string> out;
  for (const auto& plan : plans) out.push_back(plan.name());
  return out;
}

const VirtualHostPlan& find(const std::vector<VirtualHostPlan>& plans, const std::string& name) {
  for (const auto& plan : plans) {
    if (plan.name() == name) return plan;
  }
  ADD_FAILURE() << "no virtual host " << name;
  static const VirtualHostPlan none;
  return none;
}

constexpr auto kReviews = "reviews.default.svc.cluster.local";
constexpr auto kRatings = "ratings.default.svc.cluster.local";

TEST(TablePlan, ServicesThatHaveThePortAndSpeakHttp) {
  Egress egress;
  egress.service(kReviews, {9080});
  egress.service(kRatings, {9080, 80});
  egress.service("other.default.svc.cluster.local", {80});
  egress.service("tcp.default.svc.cluster.local", {9080}, Protocol::kTcp);
  egress.service("sniffed.default.svc.cluster.local", {9080}, Protocol::kUnset);
  EXPECT_THAT(names(egress.plan("9080")), ElementsAre("ratings.default.svc.cluster.local:9080", "reviews.default.svc.cluster.local:9080",
                                                      "sniffed.default.svc.cluster.local:9080", "*"));
}

TEST(TablePlan, AVirtualServiceIsACandidateOfItsServices) {
  Egress egress;
  egress.service(kReviews, {9080});
  egress.service(kRatings, {9080});
  egress.virtual_service("a", {kReviews});
  egress.virtual_service("b", {kReviews, kRatings});
  const auto plans = egress.plan("9080");
  EXPECT_THAT(find(plans, "reviews.default.svc.cluster.local:9080").virtual_services, ElementsAre("ns/a", "ns/b"));
  EXPECT_THAT(find(plans, "ratings.default.svc.cluster.local:9080").virtual_services, ElementsAre("ns/b"));
}

TEST(TablePlan, HostsWithoutServiceLiveOnPort80OrBesideAService) {
  Egress egress;
  egress.service(kReviews, {9080});
  egress.virtual_service("alone", {"www.example.com"});
  egress.virtual_service("beside", {kReviews, "reviews.example.com"});
  EXPECT_THAT(names(egress.plan("9080")), ElementsAre("reviews.default.svc.cluster.local:9080", "reviews.example.com:9080", "*"));
  EXPECT_THAT(names(egress.plan("80")),
              ElementsAre("reviews.default.svc.cluster.local:80", "reviews.example.com:80", "www.example.com:80", "*"));
}

TEST(TablePlan, TheClosestVirtualServiceWins) {
  Egress egress;
  egress.service("a.example.com", {80});
  egress.service("b.example.com", {80});
  egress.service("b.sub.example.com", {80});
  egress.virtual_service("all", {"*.example.com"});
  egress.virtual_service("sub", {"*.sub.example.com"});
  egress.virtual_service("exact", {"a.example.com"});
  const auto plans = egress.plan("80");
  EXPECT_THAT(find(plans, "a.example.com:80").virtual_services, ElementsAre("ns/exact"));
  EXPECT_THAT(find(plans, "b.example.com:80").virtual_services, ElementsAre("ns/all"));
  EXPECT_THAT(find(plans, "b.sub.example.com:80").virtual_services, ElementsAre("ns/sub"));
}

TEST(TablePlan, AWildcardWithoutServiceIsAHostOfItsOwn) {
  Egress egress;
  egress.virtual_service("wild", {"*.example.com"});
  const auto plans = egress.plan("80");
  EXPECT_EQ(find(plans, "*.example.com:80").kind, VirtualHostPlan::Kind::kHost);
  EXPECT_THAT(names(egress.plan("8080")), ElementsAre("*"));
}

TEST(TablePlan, AShorterNameThatIsAHostIsTakenFromTheService) {
  Egress egress;
  egress.service(kReviews, {80});
  egress.virtual_service("vs", {"reviews.default"});
  EXPECT_THAT(find(egress.plan("80"), "reviews.default.svc.cluster.local:80").excluded, ElementsAre("reviews.default"));

  Egress entry;
  entry.service("reviews", {80});
  entry.service(kReviews, {80});
  EXPECT_THAT(find(entry.plan("80"), "reviews.default.svc.cluster.local:80").excluded, ElementsAre("reviews", "reviews."));
}

TEST(TablePlan, AVirtualServiceBeforeItKeepsTheShorterName) {
  Egress egress;
  egress.service(kReviews, {80});
  egress.virtual_service("first", {kReviews});
  egress.virtual_service("second", {"reviews.default"});
  const auto plans = egress.plan("80");
  EXPECT_THAT(names(plans), ElementsAre("reviews.default.svc.cluster.local:80", "*"));
  EXPECT_THAT(plans.front().excluded, IsEmpty());
}

TEST(TablePlan, OneAddressOneOwner) {
  Egress egress;
  egress.service("a.com", {80}).addresses = {"10.0.0.1"};
  egress.service("b.com", {80}).addresses = {"10.0.0.1", "10.0.0.2"};
  const auto plans = egress.plan("80");
  EXPECT_THAT(find(plans, "a.com:80").excluded, IsEmpty());
  EXPECT_THAT(find(plans, "b.com:80").excluded, ElementsAre("10.0.0.1"));
}

TEST(TablePlan, AnAddressIsRatherAServicesThanAServiceEntrys) {
  Egress egress;
  egress.service("a.com", {80}).addresses = {"10.0.0.1"};
  egress.service(kReviews, {80}).addresses = {"10.0.0.1"};
  EXPECT_THAT(find(egress.plan("80"), "a.com:80").excluded, ElementsAre("10.0.0.1"));
  egress.virtual_service("vs", {"a.com"});
  EXPECT_THAT(find(egress.plan("80"), "reviews.default.svc.cluster.local:80").excluded, ElementsAre("10.0.0.1"));
}

TEST(TablePlan, AWildcardOfAHeadlessServicesPods) {
  Egress egress;
  egress.service(kReviews, {80}).headless = true;
  egress.virtual_service("pods", {"*.reviews.default.svc.cluster.local"});
  EXPECT_THAT(find(egress.plan("80"), "reviews.default.svc.cluster.local:80").excluded, ElementsAre("*.reviews.default.svc.cluster.local"));
}

TEST(TablePlan, AnAliasAnswersUnderItsTarget) {
  Egress egress;
  egress.service(kReviews, {80});
  auto& hop = egress.service("hop.default.svc.cluster.local", {80});
  hop.resolution = mesh::Resolution::kAlias;
  hop.alias_of = kReviews;
  auto& alias = egress.service("alias.default.svc.cluster.local", {});
  alias.resolution = mesh::Resolution::kAlias;
  alias.alias_of = "hop.default.svc.cluster.local";
  const auto plans = egress.plan("80");
  EXPECT_THAT(names(plans), ElementsAre("reviews.default.svc.cluster.local:80", "*"));
  EXPECT_THAT(plans.front().aliases, ElementsAre("alias.default.svc.cluster.local", "hop.default.svc.cluster.local"));
}

TEST(TablePlan, AnAliasWithAVirtualServiceHasItsOwnHost) {
  Egress egress;
  egress.service(kReviews, {80});
  auto& alias = egress.service("alias.default.svc.cluster.local", {80});
  alias.resolution = mesh::Resolution::kAlias;
  alias.alias_of = kReviews;
  egress.virtual_service("vs", {"alias.default.svc.cluster.local"});
  const auto plans = egress.plan("80");
  EXPECT_THAT(names(plans), ElementsAre("alias.default.svc.cluster.local:80", "reviews.default.svc.cluster.local:80", "*"));
  EXPECT_THAT(find(plans, "reviews.default.svc.cluster.local:80").aliases, IsEmpty());
}

TEST(TablePlan, AliasesInALoopStandForNothing) {
  Egress egress;
  for (const auto& [host, target] :
       {std::pair{"a.d.svc.cluster.local", "b.d.svc.cluster.local"}, {"b.d.svc.cluster.local", "a.d.svc.cluster.local"}}) {
    auto& alias = egress.service(host, {80});
    alias.resolution = mesh::Resolution::kAlias;
    alias.alias_of = target;
  }
  EXPECT_THAT(names(egress.plan("80")), ElementsAre("*"));
}

TEST(TablePlan, ASniffedTableServesOneServiceUnderAnyName) {
  Egress egress;
  egress.service(kReviews, {9080}, Protocol::kUnset);
  egress.service(kRatings, {9080}, Protocol::kUnset);
  egress.virtual_service("wild", {"*.default.svc.cluster.local"});
  egress.virtual_service("exact", {kRatings});
  const auto reviews = egress.plan(std::string(kReviews) + ":9080");
  ASSERT_EQ(reviews.size(), 1u);
  EXPECT_TRUE(reviews[0].any_domain);
  EXPECT_THAT(reviews[0].virtual_services, ElementsAre("ns/wild"));
  EXPECT_THAT(egress.plan(std::string(kRatings) + ":9080")[0].virtual_services, ElementsAre("ns/exact"));
  EXPECT_THAT(egress.plan("gone.default.svc.cluster.local:9080"), IsEmpty());
}

TEST(TablePlan, AnHttpProxyHasHostsOfAllPorts) {
  Egress egress;
  egress.service(kReviews, {9080, 80});
  EXPECT_THAT(names(egress.plan("http_proxy")),
              ElementsAre("reviews.default.svc.cluster.local:80", "reviews.default.svc.cluster.local:9080", "*"));
  EXPECT_THAT(names(egress.plan("unix:///tmp/x:y")),
              ElementsAre("reviews.default.svc.cluster.local:80", "reviews.default.svc.cluster.local:9080", "*"));
}

TEST(TablePlan, SubjectsHoldEverything) {
  VirtualHostPlan plan{.egress = 3, .table = "9080", .kind = VirtualHostPlan::Kind::kHost, .host = "a.com", .port = 9080};
  plan.all_ports = plan.any_domain = true;
  plan.virtual_services = {"ns/a", "ns/b"};
  plan.aliases = {"x"};
  plan.excluded = {"y", "[fd00::1]"};
  EXPECT_EQ(parse_virtual_host(to_subject(plan)), plan);
  const VirtualHostPlan catch_all{.table = "80", .kind = VirtualHostPlan::Kind::kCatchAll};
  EXPECT_EQ(parse_virtual_host(to_subject(catch_all)), catch_all);
}

}  // namespace
}  // namespace amime::translate
