#include "translate/patch/patch_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/testing.h"
#include "translate/engine.h"

namespace amime::translate {
namespace {

namespace mt = mesh::testing;
using mesh::ObjectPtr;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

ObjectPtr filter(std::string_view ns, std::string_view name, const std::string& patch, const std::string& rest = "") {
  return mt::istio(mesh::Kind::kEnvoyFilter, ns, name, R"({"configPatches":[)" + patch + "]" + rest + "}");
}

std::string merge_cluster(const std::string& name, const std::string& match = "") {
  return R"({"applyTo":"CLUSTER","match":{)" + match + R"("cluster":{"name":")" + name +
         R"("}},"patch":{"operation":"MERGE","value":{"connect_timeout":"2s"}}})";
}

// What an engine with these objects says of them once `proxy` is connected.
std::vector<std::string> notes(const std::vector<ObjectPtr>& objects, const mesh::ProxyFacts& proxy) {
  Engine engine;
  std::vector<mesh::Change> changes;
  for (const auto& object : objects) changes.push_back(mt::add(object));
  mesh::ChangeSet set;
  auto next = engine.mesh().apply(changes, &set);
  engine.update(std::move(next), set);
  engine.attach(proxy, RouteDelivery::kWhole);
  std::vector<std::string> out;
  for (const auto& note : engine.notes()) out.push_back(note.object.name + " " + note.field + " " + note.code);
  return out;
}

struct Book {
  mesh::Mesh mesh;
  PatchBook book;
  explicit Book(const std::vector<ObjectPtr>& objects) {
    for (const auto& object : objects) mesh = mesh.apply({mt::add(object)});
    book.update(mesh);
  }
  std::vector<std::string> of(const mesh::ProxyFacts& proxy) {
    std::vector<std::string> out;
    const ProxyPatchesPtr patches = book.of(mesh, proxy);
    for (const auto& patch : patches->groups[0]) out.push_back(patch->object->key.name);
    return out;
  }
};

TEST(PatchBook, ByPriorityThenTheRootNamespaceThenAge) {
  const std::string patch = merge_cluster("BlackHoleCluster");
  Book book({filter("default", "b", patch), mt::created_at(filter("default", "a", patch), 7), filter("istio-system", "root", patch),
             filter("default", "last", patch, R"(,"priority":5)"), filter("default", "first", patch, R"(,"priority":-5)"),
             filter("elsewhere", "not-here", patch)});
  EXPECT_THAT(book.of(mt::proxy("default")), ElementsAre("first", "root", "b", "a", "last"));
}

TEST(PatchBook, WorkloadsVersionsMetadataAndContexts) {
  Book book({filter("default", "selected", merge_cluster("x"), R"(,"workloadSelector":{"labels":{"app":"web"}})"),
             filter("default", "version", merge_cluster("x", R"("proxy":{"proxyVersion":"^1\\.3"},)")),
             filter("default", "metadata", merge_cluster("x", R"("proxy":{"metadata":{"TIER":"front"}},)")),
             filter("default", "gateway", merge_cluster("x", R"("context":"GATEWAY",)"))});
  mesh::ProxyFacts proxy = mt::proxy("default");
  proxy.istio_version.clear();
  EXPECT_THAT(book.of(proxy), IsEmpty());
  proxy.labels["app"] = "web";
  proxy.istio_version = "1.31.0";
  proxy.metadata = std::make_shared<std::map<std::string, std::string>>(std::map<std::string, std::string>{{"TIER", "front"}});
  EXPECT_THAT(book.of(proxy), ElementsAre("metadata", "selected", "version"));
  proxy.type = mesh::ProxyType::kRouter;
  EXPECT_THAT(book.of(proxy), SizeIs(4));
}

TEST(PatchBook, ProxiesThatTheSamePatchesMeanShareThem) {
  Book book({filter("default", "a", merge_cluster("x"))});
  mesh::ProxyFacts other = mt::proxy("default");
  other.labels["app"] = "other";
  EXPECT_EQ(book.book.of(book.mesh, mt::proxy("default")), book.book.of(book.mesh, other));
  EXPECT_NE(book.book.of(book.mesh, mt::proxy("elsewhere")), book.book.of(book.mesh, other));
}

TEST(PatchBook, WhatAProxyCannotLoadIsLeftOutAndSaid) {
  const auto alpn = filter("default", "alpn", R"({"applyTo":"HTTP_FILTER","patch":{"operation":"INSERT_FIRST","value":{"name":"istio.alpn",
      "typed_config":{"@type":"type.googleapis.com/udpa.type.v1.TypedStruct","type_url":"type.googleapis.com/istio.Alpn"}}}})");
  Book book({alpn, filter("default", "plain", merge_cluster("x"))});
  const auto listeners = static_cast<std::size_t>(Patched::kListeners);
  mesh::ProxyFacts stock = mt::proxy("default"), istios = stock;
  const std::vector<std::string_view> nothing, its_own{"istio.Alpn"};
  stock.extensions = std::make_shared<const mesh::Extensions>(nothing);
  istios.extensions = std::make_shared<const mesh::Extensions>(its_own);
  EXPECT_THAT(book.book.of(book.mesh, mt::proxy("default"))->groups[listeners], SizeIs(1)) << "nothing is known of it";
  EXPECT_THAT(book.book.of(book.mesh, istios)->groups[listeners], SizeIs(1));
  EXPECT_THAT(book.book.of(book.mesh, stock)->groups[listeners], IsEmpty());
  EXPECT_THAT(book.of(stock), ElementsAre("plain"));
  EXPECT_THAT(notes({alpn}, stock), testing::Contains("alpn spec.configPatches[0] not-honoured"));
  EXPECT_THAT(notes({alpn}, istios), testing::Not(testing::Contains("alpn spec.configPatches[0] not-honoured")));
}

TEST(PatchBook, WhatIsNotCarriedOutIsSaid) {
  const std::string bootstrap = R"({"applyTo":"BOOTSTRAP","patch":{"operation":"MERGE","value":{"stats_flush_interval":"3s"}}})";
  EXPECT_THAT(notes({filter("default", "a", bootstrap)}, mt::proxy("default")), ElementsAre("a spec.configPatches[0] not-honoured"));
}

TEST(PatchBook, APatchThatMatchesNothingIsSaid) {
  const auto hits = filter("default", "hits", merge_cluster("BlackHoleCluster"));
  const auto misses = filter("default", "misses", merge_cluster("no-such-cluster"));
  EXPECT_THAT(notes({hits, misses}, mt::proxy("default")), ElementsAre("misses spec.configPatches[0] no-effect"));
  EXPECT_THAT(notes({misses}, mt::proxy("elsewhere")), IsEmpty()) << "no connected proxy is meant";
}

}  // namespace
}  // namespace amime::translate
