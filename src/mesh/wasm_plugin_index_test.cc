#include "mesh/wasm_plugin_index.h"

#include <gtest/gtest.h>

#include "mesh/testing.h"

namespace amime::mesh {
namespace {

using namespace testing;
using Strings = std::vector<std::string>;

ObjectPtr plugin(std::string_view ns, std::string_view name, std::string_view more = "") {
  return istio(Kind::kWasmPlugin, ns, name, R"({"url": "file:///a.wasm")" + std::string(more) + "}");
}

Strings names(const Mesh& mesh, const ProxyFacts& proxy) {
  Strings out;
  for (const auto& ref : mesh.wasm_plugins_for(proxy)) out.push_back(ref.object->key.ns + "/" + ref.object->key.name);
  return out;
}

TEST(WasmPluginIndex, OwnNamespaceBeforeTheRootsAndTheHighestPriorityFirst) {
  const Mesh mesh = mesh_of({plugin("istio-system", "root"), plugin("a", "young"), created_at(plugin("a", "old"), -5), plugin("b", "else"),
                             plugin("istio-system", "first", R"(, "priority": 7)"), plugin("a", "negative", R"(, "priority": -7)")});
  EXPECT_EQ(names(mesh, proxy("a")), (Strings{"istio-system/first", "a/negative", "a/old", "a/young", "istio-system/root"}));
  EXPECT_EQ(names(mesh, proxy("istio-system")), (Strings{"istio-system/first", "istio-system/root"}));
}

TEST(WasmPluginIndex, SelectorsAndTargets) {
  const Mesh mesh =
      mesh_of({plugin("a", "x", R"(, "selector": {"matchLabels": {"app": "x"}})"),
               plugin("a", "edge", R"(, "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"}])"),
               plugin("a", "older", R"(, "targetRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"})"),
               plugin("a", "service", R"(, "targetRefs": [{"kind": "Service", "name": "edge"}])")});
  EXPECT_EQ(names(mesh, proxy("a", "p", "10.0.0.1", {{"app", "x"}})), Strings{"a/x"});
  EXPECT_EQ(names(mesh, proxy("a")), Strings{});
  const Labels edge = {{"gateway.networking.k8s.io/gateway-name", "edge"}};
  EXPECT_EQ(names(mesh, router("a", edge)), (Strings{"a/edge", "a/older"}));
  EXPECT_EQ(names(mesh, router("istio-system", edge)), Strings{});
}

TEST(WasmPluginIndex, TheHeaderIsWhatDecidesWhereTheFilterStands) {
  const auto header = [](std::string_view more) { return mesh_of({plugin("a", "x", more)}).wasm_plugins_for(proxy("a")).front().header; };
  EXPECT_EQ(header(""), header(R"(, "pluginConfig": {"a": 1}, "failStrategy": "FAIL_OPEN", "sha256": "ab")"));
  for (const auto* more : {R"(, "phase": "AUTHN")", R"(, "priority": 1)", R"(, "type": "NETWORK")", R"(, "match": [{"mode": "SERVER"}])"})
    EXPECT_NE(header(""), header(more)) << more;
}

}  // namespace
}  // namespace amime::mesh
