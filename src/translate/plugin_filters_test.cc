#include "translate/plugin_filters.h"

#include <gtest/gtest.h>

#include "envoy/config/core/v3/extension.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/http/rbac/v3/rbac.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "translate/cluster_testing.h"
#include "translate/listener_testing.h"
#include "translate/rules.h"

namespace amime::translate {
namespace {

using namespace listener_testing;
namespace mt = mesh::testing;
using Strings = std::vector<std::string>;
using envoy::config::core::v3::TypedExtensionConfig;

mesh::ObjectPtr plugin(std::string_view name, std::string_view more, std::string_view url = "file:///a.wasm") {
  return mt::istio(mesh::Kind::kWasmPlugin, "default", name, R"({"url": ")" + std::string(url) + '"' + std::string(more) + "}");
}
const std::string kName = "extensions.istio.io/trafficextension/default.p~istio-translated-wasmplugin";
constexpr std::string_view kByHttp = "http://modules.example/p.wasm";

mesh::ObjectPtr refused(std::string_view more) { return plugin("p", more, ""); }

template <class Filters>
Strings names_of(const Filters& filters) {
  Strings out;
  for (const auto& filter : filters) {
    const auto slash = filter.name().find("default.");
    out.push_back(slash == std::string::npos ? filter.name() : filter.name().substr(slash + 8, filter.name().find('~') - slash - 8));
  }
  return out;
}

Listener outbound(std::vector<mesh::ObjectPtr> objects) {
  objects.push_back(mt::service("default", "web", "10.96.0.1", {"http:80"}));
  return ListenerWorld(std::move(objects), mt::proxy("default")).outbound().at("0.0.0.0_80");
}

TEST(PluginFilters, StandByPhaseBeforeTheOthers) {
  const auto listener = outbound({plugin("rest", ""), plugin("stats", R"(, "phase": "STATS")"), plugin("authz", R"(, "phase": "AUTHZ")"),
                                  plugin("authn", R"(, "phase": "AUTHN")")});
  const auto filters = hcm_of(listener.filter_chains(0)).http_filters();
  auto names = names_of(filters);
  names.resize(5);
  EXPECT_EQ(names, (Strings{"authn", "authz", "stats", "rest", "envoy.filters.http.grpc_stats"}));
  const auto& source = filters[0].config_discovery();
  EXPECT_TRUE(source.config_source().has_ads());
  EXPECT_TRUE(source.config_source().has_initial_fetch_timeout() && source.config_source().initial_fetch_timeout().seconds() == 0);
  EXPECT_EQ(source.type_urls_size(), 2);
}

TEST(PluginFilters, WhatIsMatchedByModeAndPort) {
  const auto here = [](std::string_view match) {
    const auto listener = outbound({plugin("p", ", \"match\": " + std::string(match))});
    return names_of(hcm_of(listener.filter_chains(0)).http_filters())[0] == "p";
  };
  EXPECT_TRUE(here(R"([{"mode": "CLIENT"}])") && here(R"([{"mode": "CLIENT_AND_SERVER"}])") && here(R"([{"ports": [{"number": 80}]}])"));
  EXPECT_FALSE(here(R"([{"mode": "SERVER"}])") || here(R"([{"ports": [{"number": 81}]}])"));
  EXPECT_TRUE(here(R"([{"mode": "SERVER"}, {"mode": "CLIENT", "ports": [{"number": 80}]}])"));
}

TEST(PluginFilters, OfBytesComeFirstInEveryChain) {
  const auto listener = outbound({plugin("bytes", R"(, "type": "NETWORK")")});
  EXPECT_EQ(names_of(listener.filter_chains(0).filters()), (Strings{"bytes", "envoy.filters.network.http_connection_manager"}));
}

TEST(PluginFilters, TheListenerDoesNotChangeWithThePlugin) {
  const auto one = outbound({plugin("p", "")});
  const auto other = outbound({plugin("p", R"(, "pluginConfig": {"a": 1}, "failStrategy": "FAIL_OPEN")", "http://other/b.wasm")});
  EXPECT_EQ(one.SerializeAsString(), other.SerializeAsString());
}

// Envoy fetches only while a filter is new.
TEST(PluginFilters, TheListenerChangesWithWhatEnvoyFetches) {
  const auto bytes = [](std::string_view more, std::string_view url = kByHttp) {
    return outbound({plugin("p", more, url)}).SerializeAsString();
  };
  const std::string one = bytes(R"(, "sha256": "a")");
  EXPECT_EQ(one, bytes(R"(, "sha256": "a")"));
  EXPECT_NE(one, bytes(R"(, "sha256": "b")"));
  EXPECT_NE(one, bytes(R"(, "sha256": "a")", "http://other/p.wasm"));
  EXPECT_NE(one, bytes(R"(, "sha256": "a", "pluginConfig": {"a": 1})")) << "by now Envoy may have forgotten the module";
  EXPECT_EQ(bytes(R"(, "sha256": "a")", "oci://registry/p"), bytes(R"(, "sha256": "b")", "oci://registry/p"));
}

TEST(PluginFilters, ARefusedOneStandsWhereItWould) {
  EXPECT_EQ(outbound({refused(R"(, "phase": "AUTHZ")")}).SerializeAsString(),
            outbound({plugin("p", R"(, "phase": "AUTHZ")")}).SerializeAsString());
}

struct Made {
  TypedExtensionConfig config;
  cluster_testing::Run run;
};

Made make(const mesh::ObjectPtr& object, mesh::ProxyFacts proxy = mt::proxy("default")) {
  Made out{{}, cluster_testing::World({object}, std::move(proxy)).run(wasm_plugin, "default/p")};
  for (const auto& resource : out.run.product.resources)
    if (resource->type == Type::kExtension) out.config.ParseFromString(std::string(resource->message()));
  return out;
}

bool is_stand_in(const TypedExtensionConfig& config, bool open) {
  envoy::extensions::filters::http::rbac::v3::RBAC rbac;
  return config.typed_config().UnpackTo(&rbac) && rbac.has_rules() != open;
}

TEST(WasmPluginRule, AFileIsLoaded) {
  const auto made = make(plugin("p", ""));
  EXPECT_EQ(made.config.typed_config().type_url(), "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm");
  EXPECT_NE(made.config.typed_config().value().find("/a.wasm"), std::string::npos);
  EXPECT_TRUE(made.run.product.notes.empty());
}

TEST(WasmPluginRule, WhatCannotBeFetchedIsStoodInFor) {
  for (const auto* url : {"oci://registry/p", "registry/p", "http://modules/p.wasm"}) {
    EXPECT_TRUE(is_stand_in(make(plugin("p", "", url)).config, false)) << url;
    EXPECT_TRUE(is_stand_in(make(plugin("p", R"(, "failStrategy": "FAIL_OPEN")", url)).config, true)) << url;
    EXPECT_EQ(make(plugin("p", "", url)).run.product.notes.size(), 1u) << url;
  }
}

TEST(WasmPluginRule, WithASha256ItIsFetchedFromAClusterOfItsOwn) {
  const auto made = make(plugin("p", R"(, "sha256": "ab")", "https://modules.example/p.wasm"));
  EXPECT_NE(made.run.find("wasm-tls|443||modules.example"), nullptr);
  EXPECT_EQ(made.run.find(made.config.name())->refs, Strings{"wasm-tls|443||modules.example"});
}

TEST(WasmPluginRule, WhatEnvoyFetchesHasNamesOfItsOwn) {
  const auto one = make(plugin("p", R"(, "sha256": "a")", kByHttp)).config;
  const auto other = make(plugin("p", R"(, "sha256": "b")", kByHttp)).config;
  EXPECT_TRUE(one.name().starts_with(kName + "~")) << one.name();
  EXPECT_NE(one.name(), other.name());
  const auto told = make(plugin("p", R"(, "sha256": "a", "pluginConfig": {"a": 1})", kByHttp)).config;
  EXPECT_NE(one.name(), told.name());
  EXPECT_EQ(make(plugin("p", R"(, "sha256": "a", "phase": "AUTHZ")", kByHttp)).config.name(), one.name()) << "where it stands is no matter";
  EXPECT_EQ(make(plugin("p", "")).config.name(), kName);
}

TEST(WasmPluginRule, ARefusedOneDenies) {
  const auto made = make(refused(R"(, "phase": "AUTHZ", "failStrategy": "FAIL_OPEN")"));
  EXPECT_TRUE(is_stand_in(made.config, false));
  ASSERT_EQ(made.run.product.notes.size(), 1u);
  EXPECT_EQ(made.run.product.notes[0].code, "refused");
}

TEST(WasmPluginRule, IstiosAgentFetchesEverything) {
  auto proxy = mt::proxy("default");
  proxy.metadata =
      std::make_shared<std::map<std::string, std::string>>(std::map<std::string, std::string>{{"WORKLOAD_IDENTITY_SOCKET_FILE", "socket"}});
  const auto made = make(plugin("p", R"(, "imagePullPolicy": "Always")", "oci://registry/p"), proxy);
  EXPECT_TRUE(made.config.typed_config().type_url().ends_with(".Wasm"));
  EXPECT_NE(made.config.typed_config().value().find("ISTIO_META_WASM_IMAGE_PULL_POLICY"), std::string::npos);
  EXPECT_TRUE(made.run.product.notes.empty());
}

}  // namespace
}  // namespace amime::translate
