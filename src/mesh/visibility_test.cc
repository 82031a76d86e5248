#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/mesh.h"
#include "mesh/testing.h"

namespace amime::mesh {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> names(const std::vector<ServicePtr>& services) {
  std::vector<std::string> out;
  for (const auto& s : services) out.push_back(s->ns + "/" + s->name);
  return out;
}
std::vector<std::string> names(const std::vector<VirtualServiceRef>& refs) {
  std::vector<std::string> out;
  for (const auto& ref : refs) out.push_back(ref.object->key.ns + "/" + ref.object->key.name);
  return out;
}
std::vector<std::uint32_t> ports(const Service& service) {
  std::vector<std::uint32_t> out;
  for (const auto& p : service.ports) out.push_back(p.port);
  return out;
}
ObjectPtr svc(std::string_view ns, std::string_view name, std::vector<std::string> ports = {"http:80"}) {
  return service(ns, name, "10.0.0.1", ports);
}
ObjectPtr entry(std::string_view ns, std::string_view name, std::string_view host, std::int64_t created = 0, std::string_view rest = "") {
  return created_at(
      service_entry(ns, name,
                    R"({"hosts":[")" + std::string(host) +
                        R"("],"resolution":"STATIC","ports":[{"number":80,"name":"http","protocol":"HTTP"}])" + std::string(rest) + "}"),
      created);
}
ObjectPtr egress(std::string_view ns, std::string_view listeners, std::string_view name = "default") {
  return sidecar(ns, name, R"({"egress":[)" + std::string(listeners) + "]}");
}
Mesh three() { return mesh_of({svc("a", "x"), svc("a", "y"), svc("b", "x")}); }

TEST(Visibility, EverythingExportedWithoutASidecar) {
  auto hidden = annotated(svc("b", "hidden"), {{"networking.istio.io/exportTo", "."}});
  auto nobody = annotated(svc("a", "nobody"), {{"networking.istio.io/exportTo", "~"}});
  Mesh mesh = mesh_of({svc("a", "x"), svc("b", "y"), hidden, nobody});
  auto seen = mesh.visible(proxy("a"));
  EXPECT_EQ(seen->sidecar, nullptr);
  ASSERT_EQ(seen->egress.size(), 1u);
  EXPECT_EQ(seen->egress[0].port, 0u);
  EXPECT_THAT(names(seen->services), ElementsAre("a/x", "b/y"));
  EXPECT_THAT(names(mesh.visible(proxy("b"))->services), ElementsAre("b/hidden", "a/x", "b/y"));
  EXPECT_EQ(seen->service("hidden.b.svc.cluster.local"), nullptr);
}

TEST(Visibility, OneNamespaceAHost) {
  auto mine = entry("a", "mine", "x.com", 9), old = entry("c", "old", "x.com", 1);
  Mesh mesh =
      mesh_of({mine, old, entry("b", "b", "y.b.svc.cluster.local", 1), svc("b", "y"), entry("c", "squatter", "y.b.svc.cluster.local", 0)});
  EXPECT_EQ(mesh.visible(proxy("a"))->service("x.com")->ns, "a");
  EXPECT_EQ(mesh.visible(proxy("b"))->service("x.com")->ns, "c");
  EXPECT_TRUE(mesh.visible(proxy("a"))->service("y.b.svc.cluster.local")->kubernetes);
  EXPECT_FALSE(mesh.visible(proxy("c"))->service("y.b.svc.cluster.local")->kubernetes);
}

TEST(Visibility, EntriesOfOneHostAndNamespaceJoinTheirPorts) {
  auto more = service_entry(
      "a", "z",
      R"({"hosts":["x.com"],"resolution":"STATIC","ports":[{"number":443,"name":"tls","protocol":"TLS"},{"number":80,"name":"again","protocol":"TCP"}]})");
  auto other_kind =
      service_entry("a", "zz", R"({"hosts":["x.com"],"resolution":"DNS","ports":[{"number":8080,"name":"http","protocol":"HTTP"}]})");
  auto seen = mesh_of({entry("a", "s", "x.com"), more, other_kind}).visible(proxy("b"));
  ASSERT_EQ(seen->services.size(), 1u);
  EXPECT_THAT(ports(*seen->service("x.com")), ElementsAre(80, 443));
  EXPECT_EQ(seen->service("x.com")->port(80)->protocol, Protocol::kHttp);
  EXPECT_NE(seen->service("x.com")->digest, 0u);
}

TEST(Visibility, SidecarHosts) {
  auto seen = [](std::string_view hosts) {
    return names(three().apply({add(egress("a", R"({"hosts":[)" + std::string(hosts) + "]}"))}).visible(proxy("a"))->services);
  };
  EXPECT_THAT(seen(R"("./*")"), ElementsAre("a/x", "a/y"));
  EXPECT_THAT(seen(R"("*/*")"), ElementsAre("a/x", "b/x", "a/y"));
  EXPECT_THAT(seen(R"("b/*","./y.a.svc.cluster.local")"), ElementsAre("b/x", "a/y"));
  EXPECT_THAT(seen(R"("*/x.b.svc.cluster.local")"), ElementsAre("b/x"));
  EXPECT_THAT(seen(R"("*/*.a.svc.cluster.local")"), ElementsAre("a/x", "a/y"));
  EXPECT_THAT(seen(R"("~/*")"), IsEmpty());
  EXPECT_THAT(seen(R"("*/*","~b/*")"), ElementsAre("a/x", "a/y"));
  EXPECT_THAT(seen(R"("a/x.b.svc.cluster.local")"), IsEmpty());
}

TEST(Visibility, ASidecarCannotSeeWhatIsNotExported) {
  auto hidden = annotated(svc("b", "hidden"), {{"networking.istio.io/exportTo", "."}});
  Mesh mesh = mesh_of({hidden, egress("a", R"({"hosts":["b/hidden.b.svc.cluster.local","*/*"]})")});
  EXPECT_THAT(mesh.visible(proxy("a"))->services, IsEmpty());
}

TEST(Visibility, WhichSidecarApplies) {
  auto chosen = sidecar("a", "z-chosen", R"({"workloadSelector":{"labels":{"app":"x"}}})");
  auto plain_old = created_at(sidecar("a", "plain-old", "{}"), 1), plain = created_at(sidecar("a", "plain", "{}"), 2);
  auto root = sidecar("istio-system", "root", R"({"egress":[{"hosts":["./*"]}]})"),
       root_chosen = sidecar("istio-system", "c", R"({"workloadSelector":{"labels":{"app":"x"}}})");
  Mesh mesh = mesh_of({chosen, plain, plain_old, root, root_chosen, svc("b", "x"), svc("a", "x")});
  Labels x{{"app", "x"}};
  EXPECT_EQ(mesh.sidecar_for(proxy("a", "p", "10.9.9.9", x)), chosen);
  EXPECT_EQ(mesh.sidecar_for(proxy("a")), plain_old);
  EXPECT_EQ(mesh.sidecar_for(proxy("b", "p", "10.9.9.9", x)), root);
  EXPECT_EQ(mesh.sidecar_for(router("a", x)), nullptr);
  // "./*" of the root namespace's Sidecar means the proxy's own namespace.
  EXPECT_THAT(names(mesh.visible(proxy("b"))->services), ElementsAre("b/x"));
  // A Sidecar without egress sees everything.
  EXPECT_EQ(mesh.visible(proxy("a"))->services.size(), 2u);
}

TEST(Visibility, ListenersWithPortsSeeThatPort) {
  Mesh mesh =
      mesh_of({svc("a", "x", {"http:80", "tcp:90"}), svc("a", "y", {"http:8080"}),
               egress("a", R"({"port":{"number":90,"protocol":"TCP","name":"t"},"bind":"127.0.0.2","captureMode":"NONE","hosts":["*/*"]},
                                      {"port":{"number":3128,"protocol":"HTTP_PROXY","name":"p"},"hosts":["*/y.a.svc.cluster.local"]},
                                      {"hosts":["./x.a.svc.cluster.local"]})")});
  auto seen = mesh.visible(proxy("a"));
  ASSERT_EQ(seen->egress.size(), 3u);
  EXPECT_EQ(seen->egress[0].port, 90u);
  EXPECT_EQ(seen->egress[0].protocol, Protocol::kTcp);
  EXPECT_EQ(seen->egress[0].port_name, "t");
  EXPECT_EQ(seen->egress[0].bind, "127.0.0.2");
  EXPECT_TRUE(seen->egress[0].capture_none);
  EXPECT_THAT(names(seen->egress[0].services), ElementsAre("a/x"));
  EXPECT_THAT(ports(*seen->egress[0].services[0]), ElementsAre(90));
  EXPECT_THAT(names(seen->egress[1].services), ElementsAre("a/y"));
  EXPECT_FALSE(seen->egress[1].capture_none);
  EXPECT_THAT(ports(*seen->egress[2].services[0]), ElementsAre(80, 90));
  // Over all listeners the parts of a service are one again.
  EXPECT_THAT(ports(*seen->service("x.a.svc.cluster.local")), UnorderedElementsAre(80, 90));
}

TEST(Visibility, VirtualServicesByOverlappingHostAndTheirDestinations) {
  auto route = virtual_service(
      "a", "route", R"({"hosts":["*.com"],"http":[{"route":[{"destination":{"host":"z.b.svc.cluster.local","port":{"number":90}}}]}]})");
  auto elsewhere =
      virtual_service("b", "other", R"({"hosts":["q.org"],"http":[{"route":[{"destination":{"host":"y.a.svc.cluster.local"}}]}]})");
  Mesh mesh = mesh_of({route, elsewhere, svc("b", "z", {"http:80", "tcp:90"}), svc("a", "y"), entry("a", "s", "s.com"),
                       egress("a", R"({"hosts":["./s.com"]})")});
  auto seen = mesh.visible(proxy("a"));
  EXPECT_THAT(names(seen->egress[0].virtual_services), ElementsAre("a/route"));
  EXPECT_THAT(names(seen->egress[0].services), ElementsAre("a/s"));
  EXPECT_THAT(names(seen->services), ElementsAre("a/s", "b/z"));
  EXPECT_THAT(ports(*seen->service("z.b.svc.cluster.local")), ElementsAre(90));
}

TEST(Visibility, DestinationsOfOtherSourceNamespacesDoNotCount) {
  auto route = virtual_service(
      "a", "route",
      R"({"hosts":["s.com"],"http":[{"match":[{"sourceNamespace":"q"}],"route":[{"destination":{"host":"z.b.svc.cluster.local"}}]}]})");
  Mesh mesh = mesh_of({route, svc("b", "z"), entry("a", "s", "s.com"), egress("a", R"({"hosts":["./s.com"]})")});
  EXPECT_THAT(names(mesh.visible(proxy("a"))->services), ElementsAre("a/s"));
}

TEST(Visibility, RoutersTakeTheFirstOfAHostAndIgnoreSidecars) {
  Mesh mesh = mesh_of({entry("a", "mine", "x.com", 9), entry("c", "old", "x.com", 1), svc("b", "x"), egress("a", R"({"hosts":["~/*"]})")});
  auto seen = mesh.visible(router("a", {{"istio", "ingress"}}));
  EXPECT_EQ(seen->sidecar, nullptr);
  EXPECT_THAT(names(seen->services), ElementsAre("b/x", "c/old"));
}

TEST(Visibility, DigestsFollowHeadersOnly) {
  auto weighted = [](int weight) {
    return virtual_service(
        "a", "v",
        R"({"hosts":["x"],"http":[{"route":[{"destination":{"host":"x","subset":"v1"},"weight":)" + std::to_string(weight) + "}]}]}");
  };
  Mesh mesh = three().apply({add(weighted(1))});
  auto digest = [&](const Mesh& m) { return m.visible(proxy("a"))->digest; };
  auto base = digest(mesh);
  EXPECT_EQ(base, digest(mesh.apply({add(weighted(2))})));
  EXPECT_NE(base, digest(mesh.apply({add(svc("a", "x", {"http:81"}))})));
  EXPECT_NE(base, digest(mesh.apply({add(svc("c", "new"))})));
  EXPECT_NE(base, digest(mesh.apply({add(egress("a", R"({"hosts":["*/*"]})"))})));
  EXPECT_NE(base,
            digest(mesh.apply({add(virtual_service("a", "v", R"({"hosts":["y"],"http":[{"route":[{"destination":{"host":"x"}}]}]})"))})));
}

}  // namespace
}  // namespace amime::mesh
