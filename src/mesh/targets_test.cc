#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/mesh.h"
#include "mesh/testing.h"

namespace amime::mesh {
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "SERVICE:PORT>TARGET" for each.
std::vector<std::string> targets(const Mesh& mesh, const ProxyFacts& proxy) {
  std::vector<std::string> out;
  for (const auto& t : mesh.service_targets(proxy))
    out.push_back((t.service->kubernetes ? t.service->name : t.service->host) + ":" + std::to_string(t.port.port) + ">" +
                  std::to_string(t.target_port));
  return out;
}
ObjectPtr web(std::vector<std::string> ports, std::string_view name = "web") {
  return service("ns", name, "10.0.0.1", ports, {{"app", "web"}});
}
ObjectPtr web_pod(std::string_view ip = "10.1.0.1") { return pod("ns", "web-1", ip, {{"app", "web"}}, {"http:8080", "grpc:7070"}); }
const ProxyFacts kProxy = proxy("ns", "web-1", "10.1.0.1");

TEST(Targets, PortsByNumberByNameAndByDefault) {
  Mesh mesh = mesh_of({web({"http:80:http", "tcp:90:9090", "same:5000", "lost:1:nowhere"}), web_pod()});
  EXPECT_THAT(targets(mesh, kProxy), ElementsAre("web:5000>5000", "web:80>8080", "web:90>9090"));
}

TEST(Targets, OnlyServicesOfItsNamespaceThatSelectIt) {
  Mesh mesh = mesh_of({web({"http:80"}), service("other", "web", "10.0.0.2", {"http:81"}, {{"app", "web"}}),
                       service("ns", "no-selector", "10.0.0.3", {"http:82"}),
                       service("ns", "strict", "10.0.0.4", {"http:83"}, {{"app", "web"}, {"v", "1"}}), web_pod()});
  EXPECT_THAT(targets(mesh, kProxy), ElementsAre("web:80>80"));
}

TEST(Targets, SeveralPortsOnOneTarget) {
  Mesh mesh = mesh_of({web({"http:80:8080", "http-b:81:8080", "tcp-c:82:8080"}), web({"http:70:8080"}, "older"), web_pod()});
  // Of one Service the first of each protocol; Services by age, then host.
  EXPECT_THAT(targets(mesh, kProxy), ElementsAre("older:70>8080", "web:80>8080", "web:82>8080"));
}

TEST(Targets, ServicesWithoutSelectorByTheirEndpoints) {
  auto slice = endpoint_slice("ns", "s", "manual", {"http:8443"}, {endpoint("10.1.0.1")});
  std::vector<ObjectPtr> objects = {service("ns", "manual", "None", {"http:80"}), slice, web_pod()};
  EXPECT_THAT(targets(mesh_of(objects), kProxy), ElementsAre("manual:80>8443"));
  // As soon as a Service selects the pod, only such Services count.
  objects.push_back(web({"http:81"}));
  EXPECT_THAT(targets(mesh_of(objects), kProxy), ElementsAre("web:81>81"));
}

TEST(Targets, WithoutAPodTheProxysOwnLabelsTell) {
  auto own = proxy("ns", "web-1", "10.1.0.1", {{"app", "web"}});
  auto slice = endpoint_slice("ns", "s", "web", {"named:6000"}, {endpoint("10.1.0.1")});
  Mesh mesh = mesh_of({web({"http:80:8080", "named:81:x"})});
  EXPECT_THAT(targets(mesh, own), ElementsAre("web:80>8080"));
  EXPECT_THAT(targets(mesh.apply({add(slice)}), own), ElementsAre("web:81>6000", "web:80>8080"));
  EXPECT_THAT(targets(mesh, kProxy), IsEmpty());
  ChangeSet changes;
  mesh.apply({add(web({"http:80:8081"}))}, &changes);
  EXPECT_THAT(changes.touched, Contains(FactKey{Fact::kWorkload, "@ns"}));
}

TEST(Targets, PodsThatShareAnAddress) {
  auto other = pod("ns", "other-1", "10.1.0.1", {{"app", "other"}});
  auto ended =
      edited(pod("ns", "a-ended", "10.1.0.1", {{"app", "web"}}), [](Object& o) { std::get<KubePod>(o.payload).phase = "Succeeded"; });
  Mesh mesh = mesh_of({web({"http:80"}), service("ns", "other", "10.0.0.2", {"http:81"}, {{"app", "other"}}), other, ended, web_pod()});
  EXPECT_THAT(targets(mesh, kProxy), ElementsAre("web:80>80"));
  EXPECT_THAT(targets(mesh, proxy("ns", "other-1", "10.1.0.1")), ElementsAre("other:81>81"));
}

TEST(Targets, WorkloadEntries) {
  auto vm =
      edited(workload_entry("ns", "vm", R"({"address":"10.7.0.1","ports":{"http":8088}})"), [](Object& o) { o.labels["app"] = "web"; });
  Mesh mesh = mesh_of({web({"http:80:8080"}), service("ns", "headless", "None", {"http:81"}, {{"app", "web"}}), vm});
  EXPECT_THAT(targets(mesh, proxy("ns", "vm", "10.7.0.1")), ElementsAre("web:80>8088"));
}

TEST(Targets, ServiceEntriesByAddressAndBySelector) {
  auto written = service_entry(
      "ns", "se", R"({"hosts":["a.com"],"resolution":"STATIC","ports":[{"number":80,"name":"http","protocol":"HTTP","targetPort":8000}],
      "endpoints":[{"address":"10.1.0.1"},{"address":"10.1.0.2"}]})");
  auto selecting =
      service_entry("ns", "sel", R"({"hosts":["b.com"],"resolution":"STATIC","ports":[{"number":90,"name":"grpc","protocol":"GRPC"}],
      "workloadSelector":{"labels":{"app":"web"}}})");
  auto foreign = edited(written, [](Object& o) { o.key.ns = "other"; });
  Mesh mesh = mesh_of({written, selecting, foreign, web_pod()});
  EXPECT_THAT(targets(mesh, kProxy), ElementsAre("b.com:90>7070", "a.com:80>8000"));
}

TEST(Targets, AServiceTouchesTheProxiesItReaches) {
  Mesh mesh = mesh_of({web({"http:80"}), web_pod(), pod("ns", "else", "10.1.0.5", {{"app", "else"}})});
  ChangeSet changes;
  mesh.apply({add(web({"http:80:8080"}))}, &changes);  // the Service as clients see it stays the same
  EXPECT_THAT(changes.touched, ElementsAre(FactKey{Fact::kWorkload, "10.1.0.1"}, FactKey{Fact::kWorkload, "@ns"}));
}

TEST(Locality, OfTheNodeObjectUnlessTheProxySays) {
  auto placed = pod("ns", "web-1", "10.1.0.1", {{"app", "web"}}, {}, "n1");
  Mesh mesh = mesh_of({placed, node("n1", "eu", "eu-a")});
  EXPECT_EQ(mesh.locality_of(kProxy), (Locality{"eu", "eu-a", ""}));
  auto said = kProxy;
  said.locality = {"us", "us-1", ""};
  EXPECT_EQ(mesh.locality_of(said), said.locality);
  ChangeSet changes;
  mesh = mesh.apply({add(node("n1", "eu", "eu-b"))}, &changes);
  EXPECT_EQ(mesh.locality_of(kProxy).zone, "eu-b");
  EXPECT_THAT(changes.touched, Contains(FactKey{Fact::kWorkload, "10.1.0.1"}));
  EXPECT_EQ(parse_locality("a/b/c"), (Locality{"a", "b", "c"}));
  EXPECT_EQ(parse_locality("a"), (Locality{"a", "", ""}));
  EXPECT_EQ(parse_locality(""), Locality{});
}

}  // namespace
}  // namespace amime::mesh
