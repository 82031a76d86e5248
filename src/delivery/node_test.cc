#include "delivery/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "envoy/config/core/v3/base.pb.h"
#include "mesh/v1alpha1/proxy.pb.h"

namespace amime::delivery {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class NodeTest : public ::testing::Test {
 protected:
  NodeTest() {
    node.set_id("sidecar~10.1.2.3~reviews-v1-abc.default~default.svc.cluster.local");
    node.set_user_agent_name("envoy");
    node.set_user_agent_version("1.40.0");
  }
  void put(const char* key, const char* value) { (*node.mutable_metadata()->mutable_fields())[key].set_string_value(value); }
  absl::StatusOr<NodeInfo> parse() { return parse_node(node.SerializeAsString(), lists); }
  std::string error() { return std::string(parse().status().message()); }
  void extension(const char* name, std::initializer_list<const char*> types, bool disabled = false) {
    auto* added = node.add_extensions();
    added->set_name(name);
    added->set_category("envoy.filters.http");
    added->set_disabled(disabled);
    for (const auto* type : types) added->add_type_urls(type);
  }
  envoy::config::core::v3::Node node;
  ExtensionLists lists;
};

TEST_F(NodeTest, TheIdAloneIsEnough) {
  const auto info = parse();
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->facts.type, mesh::ProxyType::kSidecar);
  EXPECT_EQ(info->facts.id, "reviews-v1-abc.default");
  EXPECT_EQ(info->facts.ns, "default");
  EXPECT_THAT(info->facts.ips, ElementsAre("10.1.2.3"));
  EXPECT_EQ(info->facts.dns_domain, "default.svc.cluster.local");
  EXPECT_EQ(info->facts.interception, mesh::InterceptionMode::kRedirect);
}

TEST_F(NodeTest, OfItsOwnConfigurationOnlyWhatTranslationReadsIsKept) {
  EXPECT_FALSE(parse()->facts.proxy_config.has_value());
  put("PROXY_CONFIG", R"({"concurrency": 2, "drainDuration": "45s", "ofTheFuture": 1})");
  EXPECT_EQ(parse()->facts.proxy_config.value(), "") << "given, and so instead of the mesh's; but nothing in it tells proxies apart";
  put("PROXY_CONFIG", "{not json");
  EXPECT_FALSE(parse()->facts.proxy_config.has_value());
  auto& config = *(*node.mutable_metadata()->mutable_fields())["PROXY_CONFIG"].mutable_struct_value()->mutable_fields();
  config["concurrency"].set_number_value(2);
  (*config["gatewayTopology"].mutable_struct_value()->mutable_fields())["numTrustedProxies"].set_number_value(3);
  istio::mesh::v1alpha1::ProxyConfig read;
  ASSERT_TRUE(read.ParseFromString(parse()->facts.proxy_config.value()));
  EXPECT_EQ(read.gateway_topology().num_trusted_proxies(), 3u);
  EXPECT_FALSE(read.has_concurrency());
}

TEST_F(NodeTest, MetadataSaysMoreAndWins) {
  node.set_id("router~10.1.2.3~gw.with.dots.istio-system~istio-system.svc.cluster.local");
  node.set_cluster("gw.istio-system");
  node.mutable_locality()->set_region("r1");
  node.mutable_locality()->set_zone("z1");
  node.mutable_locality()->set_sub_zone("s1");
  put("NAMESPACE", "other");
  put("INSTANCE_IPS", "10.1.2.4,fd00::4");
  put("CLUSTER_ID", "Kubernetes");
  put("INTERCEPTION_MODE", "NONE");
  put("HTTP10", "1");
  put("DNS_CAPTURE", "true");
  put("AMIME_BIND_ADDRESS", "127.1.0.3");
  auto& labels = *(*node.mutable_metadata()->mutable_fields())["LABELS"].mutable_struct_value()->mutable_fields();
  labels["app"].set_string_value("gw");
  (*node.mutable_metadata()->mutable_fields())["UNKNOWN"].set_number_value(7);
  const auto info = parse();
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->facts.type, mesh::ProxyType::kRouter);
  EXPECT_EQ(info->facts.id, "gw.with.dots.istio-system");
  EXPECT_EQ(info->facts.ns, "other");
  EXPECT_THAT(info->facts.ips, ElementsAre("10.1.2.4", "fd00::4"));
  EXPECT_EQ(info->facts.cluster_id, "Kubernetes");
  EXPECT_EQ(info->facts.interception, mesh::InterceptionMode::kNone);
  EXPECT_TRUE(info->facts.http10);
  EXPECT_TRUE(info->facts.dns_capture && info->facts.asks_names);
  EXPECT_EQ(info->facts.bind_address, "127.1.0.3");
  EXPECT_EQ(info->facts.cluster, "gw.istio-system");
  EXPECT_EQ(info->facts.locality, (mesh::Locality{"r1", "z1", "s1"}));
  EXPECT_THAT(info->facts.labels, ElementsAre(Pair("app", "gw")));
}

TEST_F(NodeTest, BooleansAreStringsOrBooleans) {
  (*node.mutable_metadata()->mutable_fields())["HTTP10"].set_bool_value(true);
  EXPECT_TRUE(parse()->facts.http10);
  put("HTTP10", "false");
  EXPECT_FALSE(parse()->facts.http10);
}

TEST_F(NodeTest, WhatItWasBuiltWithIsAskedByType) {
  EXPECT_EQ(parse()->facts.extensions, nullptr) << "nothing is said, so nothing is denied";
  EXPECT_TRUE(mesh::can_load(parse()->facts.extensions, "any.Thing"));
  extension("envoy.wasm.runtime.v8", {});
  EXPECT_EQ(parse()->facts.extensions, nullptr) << "an Envoy that does not list types";
  extension("envoy.filters.http.lua", {"envoy.Lua", "envoy.LuaPerRoute"});
  extension("envoy.filters.http.fault", {"envoy.Fault"}, true);
  const auto info = parse();
  ASSERT_TRUE(info.ok()) << info.status();
  const auto& extensions = info->facts.extensions;
  EXPECT_TRUE(mesh::can_load(extensions, "envoy.Lua"));
  EXPECT_TRUE(mesh::can_load(extensions, "envoy.LuaPerRoute"));
  EXPECT_TRUE(mesh::can_load(extensions, "envoy.wasm.runtime.v8"));
  EXPECT_FALSE(mesh::can_load(extensions, "envoy.Fault")) << "disabled";
  EXPECT_FALSE(mesh::can_load(extensions, "envoy.filters.http.fault"));
  EXPECT_FALSE(mesh::can_load(extensions, "envoy.filters.http.lua")) << "what has types is asked by type";
  EXPECT_EQ(info->facts.ns, "default") << "the rest is read as before";
  EXPECT_EQ(info->facts.envoy_minor, 40);
}

TEST_F(NodeTest, ProxiesOfOneBuildShareItsList) {
  extension("a", {"envoy.A"});
  extension("b", {"envoy.B"});
  const auto first = parse()->facts.extensions;
  node.mutable_extensions()->SwapElements(0, 1);
  EXPECT_EQ(parse()->facts.extensions, first) << "each process has an order of its own";
  extension("c", {"envoy.C"});
  const auto other = parse()->facts.extensions;
  EXPECT_NE(other, first);
  EXPECT_NE(other->digest(), first->digest());
  EXPECT_EQ(lists.size(), 2u);
}

TEST_F(NodeTest, AListThatNobodyHoldsIsForgotten) {
  extension("a", {"envoy.A"});
  EXPECT_NE(parse()->facts.extensions, nullptr);
  EXPECT_EQ(lists.size(), 0u);
}

TEST_F(NodeTest, AListWithoutEndIsPassedOver) {
  for (int i = 0; i < 9000; ++i) extension("a", {"envoy.A"});
  ASSERT_TRUE(parse().ok());
  EXPECT_EQ(parse()->facts.extensions, nullptr);
}

TEST_F(NodeTest, EveryMistakeIsNamed) {
  node.set_id("");
  EXPECT_THAT(error(), HasSubstr("must carry the node with its id"));
  node.set_id("a~b");
  EXPECT_THAT(error(), HasSubstr("found 2 part(s)"));
  node.set_id("ztunnel~10.0.0.1~a.b~c");
  EXPECT_THAT(error(), HasSubstr("\"ztunnel\" is neither sidecar nor router"));
  node.set_id("sidecar~10.0.0.1~pod~c");
  EXPECT_THAT(error(), HasSubstr("\"pod\" is not POD.NAMESPACE"));
  node.set_id("sidecar~~a.b~c");
  EXPECT_THAT(error(), HasSubstr("no IP"));
  EXPECT_FALSE(parse_node("\x0a\xff", lists).ok());
}

TEST_F(NodeTest, RouteTablesArePartedOnlyForEnvoysThatTakeThem) {
  using translate::RouteDelivery;
  EXPECT_EQ(route_delivery(*parse(), true), RouteDelivery::kPerVirtualHost);
  EXPECT_EQ(route_delivery(*parse(), false), RouteDelivery::kWhole);
  node.set_user_agent_version("1.37.4");
  EXPECT_EQ(route_delivery(*parse(), true), RouteDelivery::kWhole);
  node.mutable_user_agent_build_version()->mutable_version()->set_major_number(1);
  node.mutable_user_agent_build_version()->mutable_version()->set_minor_number(38);
  EXPECT_EQ(route_delivery(*parse(), true), RouteDelivery::kPerVirtualHost);
  node.set_user_agent_name("gRPC Go");
  EXPECT_EQ(route_delivery(*parse(), true), RouteDelivery::kWhole);
}

}  // namespace
}  // namespace amime::delivery
