#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/endpoint_index.h"
#include "mesh/testing.h"

namespace amime::mesh {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kHost = "web.ns.svc.cluster.local";

std::vector<std::string> addresses(const EndpointSetPtr& set) {
  std::vector<std::string> out;
  for (const auto& e : set->endpoints) out.push_back(e.address + ":" + std::to_string(e.port));
  return out;
}
ObjectPtr web(std::vector<std::string> ports = {"http:80"}) { return service("ns", "web", "10.0.0.1", ports, {{"app", "web"}}); }
ObjectPtr web_pod(std::string_view name, std::string_view ip, std::string_view node = "") {
  return pod("ns", name, ip, {{"app", "web"}, {"version", "v1"}}, {"http:8080"}, node, "web-account");
}

TEST(Endpoints, AreMatchedToPortsByName) {
  Mesh mesh = mesh_of({web({"http:80", "metrics:9090", "other:1"}),
                       endpoint_slice("ns", "s", "web", {"metrics:15020", "http:8080", "none:0"}, {endpoint("10.1.0.1")})});
  EXPECT_THAT(addresses(mesh.endpoints(kHost, 80)), ElementsAre("10.1.0.1:8080"));
  EXPECT_THAT(addresses(mesh.endpoints(kHost, 9090)), ElementsAre("10.1.0.1:15020"));
  EXPECT_THAT(addresses(mesh.endpoints(kHost, 1)), IsEmpty());
  EXPECT_THAT(addresses(mesh.endpoints("nowhere", 80)), IsEmpty());
}

TEST(Endpoints, SlicesAreJoinedAndDuplicatesDropped) {
  Mesh mesh = mesh_of({web(), endpoint_slice("ns", "s-2", "web", {"http:8080"}, {endpoint("10.1.0.3"), endpoint("10.1.0.1")}),
                       endpoint_slice("ns", "s-1", "web", {"http:8080"}, {endpoint("10.1.0.1"), endpoint("10.1.0.2")})});
  EXPECT_THAT(addresses(mesh.endpoints(kHost, 80)), ElementsAre("10.1.0.1:8080", "10.1.0.2:8080", "10.1.0.3:8080"));
}

TEST(Endpoints, SlicesStandBeforeTheEndpointsObject) {
  auto slice = endpoint_slice("ns", "s", "web", {"http:8080"}, {endpoint("10.1.0.1")});
  auto old =
      edited(endpoint_slice("ns", "web", "web", {"http:8080"}, {endpoint("10.1.0.9")}), [](Object& o) { o.key.kind = Kind::kEndpoints; });
  Mesh mesh = mesh_of({web(), old});
  EXPECT_THAT(addresses(mesh.endpoints(kHost, 80)), ElementsAre("10.1.0.9:8080"));
  mesh = mesh.apply({add(slice)});
  EXPECT_THAT(addresses(mesh.endpoints(kHost, 80)), ElementsAre("10.1.0.1:8080"));
  mesh = mesh.apply({remove(slice)});
  EXPECT_THAT(addresses(mesh.endpoints(kHost, 80)), ElementsAre("10.1.0.9:8080"));
}

TEST(Endpoints, PodsGiveLabelsAccountAndLocality) {
  Mesh mesh = mesh_of({web(), web_pod("p", "10.1.0.1", "n1"), node("n1", "eu", "eu-a", "rack"),
                       endpoint_slice("ns", "s", "web", {"http:8080"}, {endpoint("10.1.0.1", "p", "ns")})});
  const auto& e = mesh.endpoints(kHost, 80)->endpoints.at(0);
  EXPECT_EQ(e.labels->at("version"), "v1");
  EXPECT_EQ(e.labels->at("topology.kubernetes.io/zone"), "eu-a");
  EXPECT_EQ(e.labels->at("kubernetes.io/hostname"), "n1");
  EXPECT_EQ(e.service_account, "web-account");
  EXPECT_EQ(e.locality, (Locality{"eu", "eu-a", "rack"}));
  EXPECT_EQ(e.workload, "p");
  EXPECT_EQ(e.ns, "ns");
  // The node moves: the endpoint follows, though neither pod nor slice changed.
  mesh = mesh.apply({add(node("n1", "eu", "eu-b"))});
  EXPECT_EQ(mesh.endpoints(kHost, 80)->endpoints.at(0).locality.zone, "eu-b");
}

TEST(Endpoints, PodsAreFoundByAddressOnlyInTheirNamespaceAndWithoutTargetRef) {
  auto slice =
      endpoint_slice("ns", "s", "web", {"http:8080"}, {endpoint("10.1.0.1"), endpoint("10.1.0.2", "missing", "ns"), endpoint("10.1.0.3")});
  Mesh mesh = mesh_of({web(), web_pod("p1", "10.1.0.1"), web_pod("p2", "10.1.0.2"), pod("other", "p3", "10.1.0.3", {{"app", "x"}}), slice});
  auto set = mesh.endpoints(kHost, 80);
  ASSERT_EQ(set->endpoints.size(), 3u);
  EXPECT_EQ(set->endpoints[0].workload, "p1");
  EXPECT_THAT(*set->endpoints[1].labels, IsEmpty());
  EXPECT_THAT(*set->endpoints[2].labels, IsEmpty());
}

TEST(Endpoints, ReadyServingTerminating) {
  auto unready = endpoint("10.1.0.1"), draining = endpoint("10.1.0.2");
  unready.ready = unready.serving = false;
  draining.ready = false;
  draining.terminating = true;
  Mesh mesh = mesh_of({web(), endpoint_slice("ns", "s", "web", {"http:8080"}, {unready, draining, endpoint("10.1.0.3")})});
  auto set = mesh.endpoints(kHost, 80);
  EXPECT_FALSE(set->endpoints[0].healthy || set->endpoints[0].draining);
  EXPECT_FALSE(set->endpoints[1].healthy);
  EXPECT_TRUE(set->endpoints[1].draining);
  EXPECT_TRUE(set->endpoints[2].healthy && !set->endpoints[2].draining);
}

TEST(Endpoints, ZoneOfTheSliceWhereNoNodeTells) {
  auto zoned = endpoint("10.1.0.1"), on_node = endpoint("10.1.0.2");
  zoned.zone = "z1";
  on_node.zone = "z1";
  on_node.node_name = "n1";
  Mesh mesh = mesh_of({web(), node("n1", "eu", "eu-a"), endpoint_slice("ns", "s", "web", {"http:8080"}, {zoned, on_node})});
  auto set = mesh.endpoints(kHost, 80);
  EXPECT_EQ(set->endpoints[0].locality, (Locality{"", "z1", ""}));
  EXPECT_EQ(set->endpoints[1].locality, (Locality{"eu", "eu-a", ""}));
}

TEST(Endpoints, PodLocalityLabelWins) {
  auto labelled = edited(web_pod("p", "10.1.0.1", "n1"), [](Object& o) { o.labels["istio-locality"] = "us.us-1.r2"; });
  Mesh mesh = mesh_of(
      {web(), labelled, node("n1", "eu", "eu-a"), endpoint_slice("ns", "s", "web", {"http:8080"}, {endpoint("10.1.0.1", "p", "ns")})});
  EXPECT_EQ(mesh.endpoints(kHost, 80)->endpoints.at(0).locality, (Locality{"us", "us-1", "r2"}));
}

TEST(Endpoints, ServicesSelectWorkloadEntries) {
  auto entry = [](std::string_view name, std::string_view spec) {
    return edited(workload_entry("ns", name, spec), [](Object& o) { o.labels["app"] = "web"; });
  };
  auto vm = entry(
      "vm", R"({"address":"10.7.0.1","labels":{"zone":"a"},"ports":{"http":8088},"serviceAccount":"vm","weight":3,"locality":"eu/eu-a"})");
  auto plain = entry("plain", R"({"address":"10.7.0.2"})");
  auto named = entry("named", R"({"address":"vm.example.com"})");
  Mesh mesh = mesh_of({web({"http:80:8080"}), vm, plain, named});
  EXPECT_THAT(addresses(mesh.endpoints(kHost, 80)), ElementsAre("10.7.0.2:8080", "10.7.0.1:8088"));
  const auto& e = mesh.endpoints(kHost, 80)->endpoints.at(1);
  EXPECT_EQ(e.weight, 3u);
  EXPECT_EQ(e.labels->at("zone"), "a");
  EXPECT_EQ(e.locality, (Locality{"eu", "eu-a", ""}));
  // targetPort by name: only workloads that know the name.
  mesh = mesh.apply({add(web({"http:80:http"}))});
  EXPECT_THAT(addresses(mesh.endpoints(kHost, 80)), ElementsAre("10.7.0.1:8088"));
  EXPECT_THAT(addresses(mesh.apply({remove(vm)}).endpoints(kHost, 80)), IsEmpty());
}

TEST(Endpoints, ServiceEntryPortsAndOverrides) {
  Mesh mesh = mesh_of({service_entry("ns", "se", R"({"hosts":["a.com"],"resolution":"STATIC",
      "ports":[{"number":80,"name":"http","protocol":"HTTP","targetPort":8080},{"number":90,"name":"tcp","protocol":"TCP"}],
      "endpoints":[{"address":"10.1.0.1"},{"address":"10.1.0.2","ports":{"http":7070},"labels":{"v":"2"},"weight":5,"network":"n"},
                   {"address":"unix:///var/run/x"}]})")});
  EXPECT_THAT(addresses(mesh.endpoints("a.com", 80)), ElementsAre("10.1.0.1:8080", "10.1.0.2:7070", "unix:///var/run/x:0"));
  EXPECT_THAT(addresses(mesh.endpoints("a.com", 90)), ElementsAre("10.1.0.1:90", "10.1.0.2:90", "unix:///var/run/x:0"));
  const auto& e = mesh.endpoints("a.com", 80)->endpoints.at(1);
  EXPECT_EQ(e.labels->at("v"), "2");
  EXPECT_EQ(e.network, "n");
  EXPECT_EQ(e.weight, 5u);
}

TEST(Endpoints, DnsEntriesWithoutEndpointsMeanTheirHosts) {
  auto with = [](std::string_view resolution) {
    return mesh_of({service_entry("ns", "se",
                                  R"({"hosts":["a.com","b.com"],"ports":[{"number":80,"name":"http","protocol":"HTTP","targetPort":81}],
        "resolution":")" + std::string(resolution) +
                                      R"("})")});
  };
  EXPECT_THAT(addresses(with("DNS").endpoints("b.com", 80)), ElementsAre("b.com:81"));
  EXPECT_THAT(addresses(with("DNS_ROUND_ROBIN").endpoints("a.com", 80)), ElementsAre("a.com:81"));
  EXPECT_THAT(addresses(with("STATIC").endpoints("a.com", 80)), IsEmpty());
  EXPECT_THAT(addresses(with("NONE").endpoints("a.com", 80)), IsEmpty());
}

TEST(Endpoints, RoundRobinTakesOneEndpoint) {
  auto entry = [](std::string_view name, std::string_view address) {
    return service_entry("ns", name,
                         R"({"hosts":["a.com"],"resolution":"DNS_ROUND_ROBIN","ports":[{"number":80,"name":"http","protocol":"HTTP"}],
        "endpoints":[{"address":")" +
                             std::string(address) + R"("},{"address":"second.com"}]})");
  };
  EXPECT_THAT(addresses(mesh_of({entry("se-1", "x.com"), entry("se-2", "y.com")}).endpoints("a.com", 80)), ElementsAre("x.com:80"));
}

TEST(Endpoints, ServiceEntriesSelectPodsAndEntries) {
  const std::string head =
      R"({"hosts":["a.com"],"workloadSelector":{"labels":{"app":"web"}},"ports":[{"number":80,"name":"http","protocol":"HTTP","targetPort":8000}],"resolution":)";
  auto unready = edited(web_pod("p0", "10.1.0.9"), [](Object& o) { std::get<KubePod>(o.payload).ready = false; });
  auto vm =
      edited(workload_entry("ns", "vm", R"({"address":"10.7.0.1","ports":{"http":8088}})"), [](Object& o) { o.labels["app"] = "web"; });
  auto named = edited(workload_entry("ns", "named", R"({"address":"vm.com"})"), [](Object& o) { o.labels["app"] = "web"; });
  auto elsewhere = pod("other", "p", "10.1.0.8", {{"app", "web"}});
  std::vector<ObjectPtr> workloads = {unready, web_pod("p2", "10.1.0.2"), web_pod("p1", "10.1.0.1"), vm, named, elsewhere};
  Mesh mesh = mesh_of(workloads).apply({add(service_entry("ns", "se", head + R"("STATIC"})"))});
  // A pod's own port of that name counts, too.
  EXPECT_THAT(addresses(mesh.endpoints("a.com", 80)), ElementsAre("10.1.0.1:8080", "10.1.0.2:8080", "10.7.0.1:8088"));
  mesh = mesh.apply({add(service_entry("ns", "se", head + R"("DNS"})"))});
  EXPECT_THAT(addresses(mesh.endpoints("a.com", 80)), ElementsAre("10.1.0.1:8080", "10.1.0.2:8080", "vm.com:8000", "10.7.0.1:8088"));
  mesh = mesh.apply({remove(web_pod("p1", "10.1.0.1"))});
  EXPECT_THAT(addresses(mesh.endpoints("a.com", 80)), ElementsAre("10.1.0.2:8080", "vm.com:8000", "10.7.0.1:8088"));
}

TEST(Endpoints, NamespacesHaveTheirOwnForOneHost) {
  auto entry = [](std::string_view ns, std::string_view address, std::int64_t created) {
    return created_at(service_entry(ns, "se",
                                    R"({"hosts":["a.com"],"resolution":"STATIC","ports":[{"number":80,"name":"http","protocol":"HTTP"}],
        "endpoints":[{"address":")" + std::string(address) +
                                        R"("}]})"),
                      created);
  };
  Mesh mesh = mesh_of({entry("a", "10.1.0.1", 2), entry("b", "10.1.0.2", 1)});
  EXPECT_THAT(addresses(mesh.endpoints("a.com", 80)), ElementsAre("10.1.0.2:80"));
  EXPECT_THAT(addresses(mesh.endpoints("a.com", 80, "a")), ElementsAre("10.1.0.1:80"));
  // Whose endpoints answer for the host changes with who is the oldest.
  ChangeSet changes;
  mesh = mesh.apply({add(entry("a", "10.1.0.1", 0))}, &changes);
  EXPECT_THAT(addresses(mesh.endpoints("a.com", 80)), ElementsAre("10.1.0.1:80"));
  EXPECT_THAT(changes.touched, ::testing::Contains(FactKey{Fact::kEndpoints, "a.com|80"}));
}

TEST(Endpoints, AServiceAndAnEntryOfOneHostPutTheirsTogether) {
  auto entry = service_entry("ns", "se", R"({"hosts":["web.ns.svc.cluster.local"],"resolution":"STATIC","location":"MESH_INTERNAL",
      "ports":[{"number":80,"name":"http","protocol":"HTTP"}],"endpoints":[{"address":"10.8.0.1"}]})");
  Mesh mesh = mesh_of({web(), entry, endpoint_slice("ns", "s", "web", {"http:8080"}, {endpoint("10.1.0.1")})});
  EXPECT_THAT(addresses(mesh.endpoints(kHost, 80)), ElementsAre("10.1.0.1:8080", "10.8.0.1:80"));
}

TEST(Endpoints, AChangeReachesOnlyItsService) {
  auto slice = [](std::string_view service, std::string_view address) {
    return endpoint_slice("ns", std::string(service) + "-s", service, {"http:8080"}, {endpoint(address)});
  };
  Mesh before = mesh_of({web(), service("ns", "b", "10.0.0.2", {"http:80"}), slice("web", "10.1.0.1"), slice("b", "10.1.0.2")});
  ChangeSet changes;
  Mesh after = before.apply({add(slice("web", "10.1.0.7"))}, &changes);
  EXPECT_EQ(before.endpoints("b.ns.svc.cluster.local", 80), after.endpoints("b.ns.svc.cluster.local", 80));
  EXPECT_THAT(changes.touched, ElementsAre(FactKey{Fact::kEndpoints, kHost + "|80"}, FactKey{Fact::kWorkload, "10.1.0.1"},
                                           FactKey{Fact::kWorkload, "10.1.0.7"}));
}

}  // namespace
}  // namespace amime::mesh
