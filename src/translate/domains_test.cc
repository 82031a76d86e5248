#include "translate/domains.h"

#include <gmock/gmock.h>

namespace amime::translate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

mesh::Service reviews() {
  mesh::Service service;
  service.host = "reviews.default.svc.cluster.local";
  service.ns = "default";
  service.addresses = {"10.96.0.1"};
  return service;
}

TEST(Domains, AClientOfTheNamespaceMaySayTheNameAlone) {
  const mesh::Service service = reviews();
  EXPECT_THAT(service_domains({.service = &service, .addresses = service.addresses, .same_namespace = true, .port = 9080}),
              ElementsAre("reviews.default.svc.cluster.local", "reviews.default.svc.cluster.local.", "reviews", "reviews.default.svc",
                          "reviews.default", "10.96.0.1"));
}

TEST(Domains, OthersSayTheNamespaceToo) {
  const mesh::Service service = reviews();
  EXPECT_THAT(service_domains({.service = &service, .addresses = service.addresses, .port = 9080}),
              ElementsAre("reviews.default.svc.cluster.local", "reviews.default.svc.cluster.local.", "reviews.default.svc",
                          "reviews.default", "10.96.0.1"));
}

TEST(Domains, AHeadlessServiceAnswersForItsPods) {
  mesh::Service service = reviews();
  service.headless = true;
  service.addresses = {"0.0.0.0"};
  EXPECT_THAT(service_domains({.service = &service, .addresses = service.addresses, .port = 80}),
              ElementsAre("reviews.default.svc.cluster.local", "reviews.default.svc.cluster.local.", "reviews.default.svc",
                          "reviews.default", "*.reviews.default.svc.cluster.local", "*.reviews.default.svc.cluster.local.",
                          "*.reviews.default.svc", "*.reviews.default"));
}

TEST(Domains, AnExternalHostHasOnlyItsName) {
  mesh::Service service;
  service.host = "API.example.com";
  service.kubernetes = false;
  service.addresses = {"fd00::1"};
  EXPECT_THAT(service_domains({.service = &service, .addresses = service.addresses, .port = 80}),
              ElementsAre("api.example.com", "api.example.com.", "[fd00::1]"));
}

TEST(Domains, AliasesAndExclusions) {
  const mesh::Service service = reviews();
  EXPECT_THAT(service_domains({.service = &service,
                               .addresses = service.addresses,
                               .aliases = {{"old.legacy.svc.cluster.local", true}},
                               .excluded = {"reviews.default", "10.96.0.1"},
                               .port = 9080}),
              ElementsAre("reviews.default.svc.cluster.local", "reviews.default.svc.cluster.local.", "reviews.default.svc",
                          "old.legacy.svc.cluster.local", "old.legacy.svc.cluster.local.", "old", "old.legacy.svc", "old.legacy"));
}

TEST(Domains, InATableOfAllPortsBareNamesMeanPort80) {
  mesh::Service service;
  service.host = "a.com";
  service.kubernetes = false;
  EXPECT_THAT(service_domains({.service = &service, .addresses = service.addresses, .port = 80, .with_ports = true}),
              ElementsAre("a.com", "a.com:80", "a.com.", "a.com.:80"));
  EXPECT_THAT(service_domains({.service = &service, .addresses = service.addresses, .port = 443, .with_ports = true}),
              ElementsAre("a.com:443", "a.com.:443"));
}

TEST(Domains, FullNames) {
  EXPECT_EQ(full_name_of("reviews", "default"), "reviews.default.svc.cluster.local");
  EXPECT_EQ(full_name_of("reviews.other", "default"), "reviews.other.svc.cluster.local");
  EXPECT_EQ(full_name_of("reviews.other.svc", "default"), "reviews.other.svc.cluster.local");
  EXPECT_THAT(full_name_of("www.example.com", "default"), IsEmpty());
  EXPECT_THAT(full_name_of("*.other", "default"), IsEmpty());
}

TEST(Domains, NamespaceInName) {
  EXPECT_EQ(namespace_in_name("reviews.default.svc.cluster.local"), "default");
  EXPECT_THAT(namespace_in_name("reviews.default"), IsEmpty());
  EXPECT_THAT(namespace_in_name("*.default.svc.cluster.local"), IsEmpty());
}

}  // namespace
}  // namespace amime::translate
