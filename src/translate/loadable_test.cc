#include "translate/loadable.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "mesh/envoy_json.h"
#include "translate/type_urls.h"

namespace amime::translate {
namespace {

using envoy::config::cluster::v3::Cluster;
using envoy::config::listener::v3::Listener;
using envoy::config::route::v3::RouteConfiguration;
using testing::ElementsAre;
using testing::IsEmpty;

template <class Message>
Message read(const std::string& json) {
  google::protobuf::Struct value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &value).ok());
  const auto made = mesh::read_envoy(Message::descriptor()->full_name(), value);
  EXPECT_EQ(made.error + made.unknown, "");
  Message out;
  out.ParseFromString(made.bytes);
  return out;
}

mesh::Extensions has(std::vector<std::string_view> names) { return mesh::Extensions(names); }

constexpr const char* kManager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
constexpr const char* kLua = "envoy.extensions.filters.http.lua.v3.Lua";

Listener with_http_filter(const std::string& filter) {
  return read<Listener>(R"({"name":"l","filter_chains":[{"filters":[{"name":"hcm","typed_config":{"@type":"type.googleapis.com/)" +
                        std::string(kManager) + R"(","http_filters":[)" + filter + "]}}]}]}");
}
std::string filter(const std::string& config, const std::string& more = "") {
  return R"({"name":"f","typed_config":{"@type":"type.googleapis.com/)" + config + "}" + more + "}";
}

TEST(Lacking, LooksIntoWhatIsPacked) {
  const auto listener = with_http_filter(filter(std::string(kLua) + '"'));
  EXPECT_THAT(lacking(listener, has({kManager, kLua})), IsEmpty());
  EXPECT_THAT(lacking(listener, has({kManager})), ElementsAre(kLua));
  EXPECT_THAT(lacking(listener, has({})), ElementsAre(kManager, kLua));
}

TEST(Lacking, TypedStructsMeanWhatTheyName) {
  for (const char* wrapper : {"udpa.type.v1.TypedStruct", "xds.type.v3.TypedStruct"})
    EXPECT_THAT(lacking(with_http_filter(filter(std::string(wrapper) + R"(","type_url":"type.googleapis.com/stats.PluginConfig")")),
                        has({kManager})),
                ElementsAre("stats.PluginConfig"));
}

TEST(Lacking, WhatEnvoyPassesOverDoesNotCount) {
  EXPECT_THAT(lacking(with_http_filter(filter(std::string(kLua) + '"', R"(,"is_optional":true)")), has({kManager})), IsEmpty());
  const auto policies = read<Cluster>(
      R"({"load_balancing_policy":{"policies":[
          {"typed_extension_config":{"name":"a","typed_config":{"@type":"type.googleapis.com/xds.type.v3.TypedStruct","type_url":"x/new.Policy"}}},
          {"typed_extension_config":{"name":"b","typed_config":
            {"@type":"type.googleapis.com/envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin"}}}]}})");
  EXPECT_THAT(lacking(policies, has({"envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin"})), IsEmpty());
  EXPECT_THAT(lacking(policies, has({})), ElementsAre("new.Policy"));
}

TEST(Lacking, AllThatAFilterYetToComeMayBeHasToBeThere) {
  const auto listener = with_http_filter(
      R"({"name":"f","config_discovery":{"config_source":{"ads":{}},"type_urls":["type.googleapis.com/a.B","type.googleapis.com/c.D"]}})");
  EXPECT_THAT(lacking(listener, has({kManager, "a.B"})), ElementsAre("c.D"));
}

TEST(Lacking, OfRoutesWhatIsWrapped) {
  const auto table = read<RouteConfiguration>(
      R"({"virtual_hosts":[{"name":"h","domains":["*"],"typed_per_filter_config":{
          "x":{"@type":"type.googleapis.com/envoy.config.route.v3.FilterConfig",
               "config":{"@type":"type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute","disabled":true}}}}]})");
  EXPECT_THAT(lacking(table, has({})), ElementsAre("envoy.extensions.filters.http.lua.v3.LuaPerRoute"));
}

TEST(Lacking, ValuesAndWhatEnvoyDoesNotListDoNotCount) {
  EXPECT_THAT(
      lacking(read<Cluster>(R"({"metadata":{"typed_filter_metadata":{"m":{"@type":"type.googleapis.com/envoy.config.route.v3.Route"}}}})"),
              has({})),
      IsEmpty());
  // An action of a matcher; but what it holds does.
  const auto chain = with_http_filter(filter(
      R"(envoy.extensions.common.matching.v3.ExtensionWithMatcher","xds_matcher":{"on_no_match":{"action":{"name":"skip","typed_config":
        {"@type":"type.googleapis.com/envoy.extensions.filters.common.matcher.action.v3.SkipFilter"}}}},
        "extension_config":{"name":"lua","typed_config":{"@type":"type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"}})"));
  EXPECT_THAT(lacking(chain, has({kManager, "envoy.extensions.common.matching.v3.ExtensionWithMatcher"})), ElementsAre(kLua));
  // A validator, found by its name.
  const auto cluster = read<Cluster>(
      R"({"transport_socket":{"name":"tls","typed_config":{"@type":"type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
          "common_tls_context":{"validation_context":{"custom_validator_config":{"name":"envoy.tls.cert_validator.spiffe","typed_config":
            {"@type":"type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig"}}}}}}})");
  EXPECT_THAT(lacking(cluster, has({"envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", "envoy.tls.cert_validator.spiffe"})),
              IsEmpty());
}

TEST(Lacking, OfEncodedResourcesMostIsSeenWithoutDecodingThem) {
  Loadable loadable;
  const auto some = has({kManager, kLua}), few = has({kManager});
  const auto resource = make_resource(Type::kListener, "l", with_http_filter(filter(std::string(kLua) + '"')));
  EXPECT_TRUE(loadable.surely(*resource, some));
  EXPECT_FALSE(loadable.surely(*resource, few));
  EXPECT_THAT(lacking(*resource, few), ElementsAre(kLua));
  const auto optional = make_resource(Type::kListener, "l", with_http_filter(filter(std::string(kLua) + '"', R"(,"is_optional":true)")));
  EXPECT_EQ(resource->types, optional->types);
  EXPECT_FALSE(loadable.surely(*optional, few)) << "so it is looked into";
  EXPECT_THAT(lacking(*optional, few), IsEmpty());
  const auto plain = make_resource(Type::kCluster, "c", read<Cluster>(R"({"name":"c"})"));
  EXPECT_EQ(plain->types, 0u);
  EXPECT_TRUE(loadable.surely(*plain, has({})));
}

TEST(TypeUrls, StandInEncodedMessagesAsTheyAre) {
  std::vector<std::string> types;
  const auto listener =
      with_http_filter(filter(std::string(kLua) + R"(","default_source_code":{"inline_string":"type.googleapis.com/no.Such"})"));
  for_each_type(listener.SerializeAsString(), [&](std::string_view type) { types.emplace_back(type); });
  EXPECT_THAT(types, ElementsAre(kManager, kLua, "no.Such"));
  EXPECT_EQ(type_of("type.googleapis.com/a.B"), "a.B");
  EXPECT_EQ(type_of("a.B"), "a.B");
}

}  // namespace
}  // namespace amime::translate
