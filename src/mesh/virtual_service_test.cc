#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/mesh.h"
#include "mesh/testing.h"
#include "mesh/virtual_service_index.h"

namespace amime::mesh {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

ObjectPtr vs(std::string_view ns, std::string_view name, std::string_view rest = "", std::int64_t created = 0) {
  return created_at(
      virtual_service(ns, name, R"({"hosts":["web"],"http":[{"route":[{"destination":{"host":"web"}}]}])" + std::string(rest) + "}"),
      created);
}
std::vector<std::string> names(const std::vector<VirtualServiceRef>& refs) {
  std::vector<std::string> out;
  for (const auto& ref : refs) out.push_back(ref.object->key.ns + "/" + ref.object->key.name);
  return out;
}

TEST(VirtualService, GatewayNamesAreResolved) {
  Mesh mesh = mesh_of({vs("ns", "short", R"(,"gateways":["gw"])"), vs("other", "full", R"(,"gateways":["ns/gw","mesh"])"),
                       vs("ns", "mesh-only"), vs("other", "own", R"(,"gateways":["gw"])")});
  EXPECT_THAT(names(mesh.virtual_services_of_gateway("ns/gw", "ns")), ElementsAre("other/full", "ns/short"));
  EXPECT_THAT(names(mesh.virtual_services_of_gateway("gw", "other")), ElementsAre("other/own"));
  EXPECT_THAT(names(mesh.virtual_services_of_gateway("mesh", "ns")), ElementsAre("other/full", "ns/mesh-only"));
  EXPECT_THAT(mesh.virtual_services_of_gateway("ns/gw", "ns")[1].hosts, ElementsAre("web.ns.svc.cluster.local"));
}

TEST(VirtualService, PrivateThenExportedByNameThenPublicEachOldestFirst) {
  const std::string gw = R"(,"gateways":["ns/gw"])";
  Mesh mesh = mesh_of({vs("a", "public-old", gw, 1), vs("b", "public", gw, 2), vs("a", "named", gw + R"(,"exportTo":["ns"])", 5),
                       vs("ns", "private", gw + R"(,"exportTo":["."])", 9), vs("ns", "public", gw, 2),
                       vs("b", "hidden", gw + R"(,"exportTo":["."])", 1), vs("ns", "nobody", gw + R"(,"exportTo":["~"])", 1)});
  EXPECT_THAT(names(mesh.virtual_services_of_gateway("ns/gw", "ns")),
              ElementsAre("ns/private", "a/named", "a/public-old", "b/public", "ns/public"));
}

TEST(VirtualService, TheMeshsDefaultExportTo) {
  Mesh mesh = mesh_of({vs("a", "x"), vs("a", "y", R"(,"exportTo":["*"])"), mesh_config(R"({"defaultVirtualServiceExportTo":["."]})")});
  EXPECT_THAT(names(mesh.virtual_services_of_gateway("mesh", "b")), ElementsAre("a/y"));
  EXPECT_THAT(names(mesh.virtual_services_of_gateway("mesh", "a")), ElementsAre("a/x", "a/y"));
}

TEST(VirtualService, DelegatesAreNoRootsButTheirDestinationsCount) {
  auto root = virtual_service(
      "ns", "root", R"({"hosts":["web"],"http":[{"match":[{"sourceNamespace":"a"}],"delegate":{"name":"d","namespace":"team"}}]})");
  auto delegate = [](std::string_view rest) {
    return virtual_service(
        "team", "d",
        R"({"http":[{"route":[{"destination":{"host":"x"}}]},{"match":[{"sourceNamespace":"b"}],"mirror":{"host":"m"}}])" +
            std::string(rest) + "}");
  };
  auto destinations = [](const Mesh& mesh, const ObjectPtr& root) {
    Objects objects;
    for (const auto& object : mesh.objects()) objects.set(object);
    std::vector<std::string> out;
    const auto header = header_of(objects, *make_settings(nullptr), *root);
    for (const auto& to : header->destinations)
      out.push_back(to.host + " " + (to.source_namespaces.empty() ? "*" : to.source_namespaces[0]));
    return out;
  };
  Mesh mesh = mesh_of({root, delegate("")});
  EXPECT_THAT(names(mesh.virtual_services_of_gateway("mesh", "ns")), ElementsAre("ns/root"));
  EXPECT_THAT(destinations(mesh, root), ElementsAre("x.team.svc.cluster.local a", "m.team.svc.cluster.local b"));
  // Not exported to the root's namespace: as if it were not there. The root's header changes, though the root did not.
  ChangeSet changes;
  mesh = mesh.apply({add(delegate(R"(,"exportTo":["."])"))}, &changes);
  EXPECT_THAT(destinations(mesh, root), IsEmpty());
  EXPECT_THAT(changes.touched, ElementsAre(FactKey{Fact::kVirtualService, "team/d"}, FactKey{Fact::kVirtualServiceHeaders, ""}));
}

TEST(VirtualService, AWeightIsNoHeader) {
  auto weighted = [](int weight) {
    return virtual_service(
        "ns", "web",
        R"({"hosts":["web"],"http":[{"route":[{"destination":{"host":"web","subset":"v1"},"weight":)" + std::to_string(weight) + "}]}]}");
  };
  Mesh before = mesh_of({weighted(10)});
  ChangeSet changes;
  Mesh after = before.apply({add(weighted(20))}, &changes);
  EXPECT_THAT(changes.touched, ElementsAre(FactKey{Fact::kVirtualService, "ns/web"}));
  EXPECT_EQ(before.virtual_service_headers_digest(), after.virtual_service_headers_digest());
  EXPECT_NE(before.virtual_service("ns", "web")->digest, after.virtual_service("ns", "web")->digest);
  EXPECT_EQ(after.virtual_services_of_gateway("mesh", "ns")[0].object, after.virtual_service("ns", "web"));
}

TEST(Gateways, BySelectorOldestFirst) {
  auto gw = [](std::string_view ns, std::string_view name, std::string_view selector, std::int64_t created) {
    return created_at(
        gateway(ns, name,
                R"({"servers":[{"port":{"number":80,"protocol":"HTTP","name":"h"},"hosts":["*"]}])" + std::string(selector) + "}"),
        created);
  };
  const std::string ingress = R"(,"selector":{"istio":"ingress"})";
  Mesh mesh = mesh_of({gw("b", "young", ingress, 5), gw("a", "old", ingress, 1), gw("a", "egress", R"(,"selector":{"istio":"egress"})", 1),
                       gw("z", "all", "", 3)});
  std::vector<std::string> out;
  for (const auto& object : mesh.gateways_for(router("istio-system", {{"istio", "ingress"}, {"app", "gw"}})))
    out.push_back(object->key.name);
  EXPECT_THAT(out, ElementsAre("old", "all", "young"));
  EXPECT_NE(mesh.gateway("b", "young"), nullptr);
  EXPECT_EQ(mesh.gateway("a", "young"), nullptr);
}

}  // namespace
}  // namespace amime::mesh
