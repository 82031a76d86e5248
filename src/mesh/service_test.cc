#include "mesh/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/testing.h"

namespace amime::mesh {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

ServicePtr only(const Mesh& mesh, std::string_view host) {
  const auto* services = mesh.services_of(host);
  return services && services->size() == 1 ? services->front() : nullptr;
}
KubeService& spec(Object& object) { return std::get<KubeService>(object.payload); }

TEST(Service, HeadlessHasNoAddressAndIsPassedThrough) {
  auto s = only(mesh_of({service("ns", "db", "None", {"tcp:5432"})}), "db.ns.svc.cluster.local");
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->headless && s->kubernetes);
  EXPECT_EQ(s->resolution, Resolution::kPassthrough);
  EXPECT_THAT(s->addresses, IsEmpty());
}

TEST(Service, ExternalNameIsAnAlias) {
  auto object = edited(service("ns", "ext", "", {"http:80"}), [](Object& o) {
    spec(o).type = "ExternalName";
    spec(o).external_name = "example.com";
  });
  auto s = only(mesh_of({object}), "ext.ns.svc.cluster.local");
  ASSERT_TRUE(s);
  EXPECT_EQ(s->resolution, Resolution::kAlias);
  EXPECT_EQ(s->alias_of, "example.com");
}

TEST(Service, DualStackKeepsBothAddresses) {
  auto object = edited(service("ns", "a", "10.0.0.1", {"http:80"}), [](Object& o) { spec(o).cluster_ips.push_back("fd00::1"); });
  EXPECT_THAT(only(mesh_of({object}), "a.ns.svc.cluster.local")->addresses, ElementsAre("10.0.0.1", "fd00::1"));
}

TEST(Service, ExportToAnnotation) {
  auto object = annotated(service("ns", "a", "10.0.0.1", {"http:80"}), {{"networking.istio.io/exportTo", "., b"}});
  auto s = only(mesh_of({object}), "a.ns.svc.cluster.local");
  EXPECT_TRUE(s->export_to.visible_to("ns") && s->export_to.visible_to("b") && !s->export_to.visible_to("c"));
}

TEST(Service, TrafficDistributionOfSpecThenServiceThenNamespace) {
  auto ns = annotated(namespace_object("ns"), {{"networking.istio.io/traffic-distribution", "prefersamenode"}});
  auto bare = service("ns", "a", "10.0.0.1", {"http:80"});
  const auto host = "a.ns.svc.cluster.local";
  EXPECT_EQ(only(mesh_of({bare}), host)->traffic_distribution, "");
  Mesh mesh = mesh_of({bare, ns});
  EXPECT_EQ(only(mesh, host)->traffic_distribution, "PreferSameNode");
  auto noted = annotated(bare, {{"networking.istio.io/traffic-distribution", "PreferClose"}});
  EXPECT_EQ(only(mesh.apply({add(noted)}), host)->traffic_distribution, "PreferClose");
  auto written = edited(noted, [](Object& o) { spec(o).traffic_distribution = "PreferSameNode"; });
  EXPECT_EQ(only(mesh.apply({add(written)}), host)->traffic_distribution, "PreferSameNode");
  // The Namespace alone changes: its Services follow.
  EXPECT_EQ(only(mesh.apply({remove(ns)}), host)->traffic_distribution, "");
}

TEST(Service, LoadBalancerAndExternalAddresses) {
  auto object = edited(service("ns", "gw", "10.0.0.1", {"http:80"}), [](Object& o) {
    spec(o).type = "LoadBalancer";
    spec(o).load_balancer_ingress = {"lb.example.com"};
    spec(o).external_ips = {"192.0.2.1"};
  });
  EXPECT_THAT(only(mesh_of({object}), "gw.ns.svc.cluster.local")->external_addresses, ElementsAre("lb.example.com", "192.0.2.1"));
}

TEST(ServiceEntry, OneServiceAHost) {
  Mesh mesh = mesh_of({service_entry("ns", "se", R"({"hosts":["a.com","*.b.com","a.com"],"location":"MESH_EXTERNAL","resolution":"DNS",
      "ports":[{"number":443,"name":"tls","protocol":"TLS","targetPort":8443},{"number":80,"name":"x","protocol":"quic"}],
      "addresses":["10.2.0.0/16","10.3.0.1/32","nonsense"],"exportTo":["."],"subjectAltNames":["spiffe://x"]})")});
  auto s = only(mesh, "a.com");
  ASSERT_TRUE(s && only(mesh, "*.b.com"));
  EXPECT_FALSE(s->kubernetes);
  EXPECT_TRUE(s->mesh_external);
  EXPECT_EQ(s->resolution, Resolution::kDns);
  EXPECT_THAT(s->addresses, ElementsAre("10.2.0.0/16", "10.3.0.1"));
  EXPECT_THAT(s->auto_addresses, ::testing::IsEmpty());
  EXPECT_EQ(s->port(443)->target_port, 8443u);
  EXPECT_EQ(s->port(443)->protocol, Protocol::kTls);
  EXPECT_EQ(s->port(80)->protocol, Protocol::kUnset);
  EXPECT_EQ(s->port(81), nullptr);
  EXPECT_FALSE(s->export_to.visible_to("b"));
  EXPECT_THAT(s->subject_alt_names, ElementsAre("spiffe://x"));
}

TEST(ServiceEntry, Resolutions) {
  auto resolution = [](std::string_view text) {
    auto entry = service_entry("ns", "se", R"({"hosts":["a.com"],"resolution":")" + std::string(text) + R"("})");
    return only(mesh_of({entry}), "a.com")->resolution;
  };
  EXPECT_EQ(resolution("NONE"), Resolution::kPassthrough);
  EXPECT_EQ(resolution("STATIC"), Resolution::kStatic);
  EXPECT_EQ(resolution("DNS"), Resolution::kDns);
  EXPECT_EQ(resolution("DNS_ROUND_ROBIN"), Resolution::kDnsRoundRobin);
  EXPECT_EQ(resolution("DYNAMIC_DNS"), Resolution::kDynamicDns);
}

TEST(ServiceEntry, AutoAddressesOnlyWhereNothingElseTells) {
  auto address = [](std::string_view rest, Labels labels = {}) {
    auto entry =
        edited(service_entry("ns", "se", R"({"hosts":["a.com"],)" + std::string(rest) + "}"), [&](Object& o) { o.labels = labels; });
    const auto addresses = only(mesh_of({entry}), "a.com")->auto_addresses;
    return addresses.empty() ? "" : addresses.front();
  };
  EXPECT_THAT(address(R"("resolution":"DNS")"), ::testing::StartsWith("240.240."));
  EXPECT_EQ(address(R"("resolution":"NONE")"), "");
  EXPECT_EQ(address(R"("resolution":"DNS","addresses":["10.0.0.1"])"), "");
  EXPECT_EQ(address(R"("resolution":"DNS")", {{"networking.istio.io/enable-autoallocate-ip", "false"}}), "");
  auto wildcard = mesh_of({service_entry("ns", "se", R"({"hosts":["*.a.com"],"resolution":"DNS"})")});
  EXPECT_THAT(only(wildcard, "*.a.com")->auto_addresses, ::testing::IsEmpty());
}

TEST(ServiceIndex, OldestFirstThenNameThenNamespace) {
  auto entry = [](std::string_view ns, std::string_view name, std::int64_t created) {
    return created_at(service_entry(ns, name, R"({"hosts":["a.com"],"resolution":"DNS"})"), created);
  };
  Mesh mesh = mesh_of({entry("z", "se", 5), entry("b", "se", 5), entry("c", "se", 1), entry("b", "other", 5)});
  std::vector<std::string> order;
  for (const auto& s : *mesh.services_of("a.com")) order.push_back(s->ns + "/" + s->name);
  EXPECT_THAT(order, ElementsAre("c/se", "b/other", "b/se", "z/se"));
}

TEST(ServiceIndex, DefaultExportToOfTheMesh) {
  Mesh mesh = mesh_of({service("ns", "a", "10.0.0.1", {"http:80"}), mesh_config(R"({"defaultServiceExportTo":["."]})")});
  EXPECT_FALSE(only(mesh, "a.ns.svc.cluster.local")->export_to.all);
  mesh = mesh.apply({remove(mesh_config("{}"))});
  EXPECT_TRUE(only(mesh, "a.ns.svc.cluster.local")->export_to.all);
}

TEST(ServiceIndex, AnUnchangedServiceStaysTheSameObject) {
  auto object = service("ns", "a", "10.0.0.1", {"http:80:8080"});
  Mesh before = mesh_of({object});
  ChangeSet changes;
  Mesh after = before.apply({add(edited(object, [](Object& o) { o.origin.line = 9; }))}, &changes);
  EXPECT_EQ(only(before, "a.ns.svc.cluster.local"), only(after, "a.ns.svc.cluster.local"));
  EXPECT_THAT(changes.touched, IsEmpty());
  EXPECT_THAT(changes.objects, IsEmpty());
  EXPECT_EQ(after.object(object->key)->origin.line, 9);
}

}  // namespace
}  // namespace amime::mesh
