#include "translate/patch/named.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "envoy/config/listener/v3/listener.pb.h"
#include "mesh/envoy_json.h"

namespace amime::translate {
namespace {

using ::testing::UnorderedElementsAre;

envoy::config::listener::v3::Listener listener_of(const std::string& json) {
  google::protobuf::Struct value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &value).ok());
  const auto read = mesh::read_envoy("envoy.config.listener.v3.Listener", value);
  EXPECT_EQ(read.error, "");
  envoy::config::listener::v3::Listener listener;
  EXPECT_TRUE(listener.ParseFromString(read.bytes));
  return listener;
}

TEST(Named, WhateverAFilterSendsTo) {
  EXPECT_THAT(named_in(listener_of(
                  R"({"name":"l","filter_chains":[{"filters":[{"name":"hcm","typed_config":{
            "@type":"type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix":"cluster","rds":{"route_config_name":"80"},
            "http_filters":[{"name":"authz","typed_config":{"@type":"type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
              "grpc_service":{"envoy_grpc":{"cluster_name":"outbound|9000||authz.default.svc.cluster.local"}}}}]}}]}]})")),
              UnorderedElementsAre("80", "outbound|9000||authz.default.svc.cluster.local"));
}

TEST(Named, WeightedClustersOfRoutesAndConnections) {
  EXPECT_THAT(named_in(listener_of(
                  R"({"name":"l","filter_chains":[{"filters":[{"name":"tcp","typed_config":{
            "@type":"type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy","stat_prefix":"s",
            "weighted_clusters":{"clusters":[{"name":"a","weight":1},{"name":"b","weight":1}]}}}]},
          {"filters":[{"name":"hcm","typed_config":{
            "@type":"type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager","stat_prefix":"s",
            "route_config":{"virtual_hosts":[{"name":"h","domains":["*"],"routes":[
              {"match":{"prefix":"/"},"route":{"weighted_clusters":{"clusters":[{"name":"c","weight":1}]}}}]}]}}}]}]})")),
              UnorderedElementsAre("a", "b", "c"));
}

TEST(Named, WhatIsNotOfEnvoysApiNamesNothing) {
  envoy::config::listener::v3::Listener listener;
  auto* packed = listener.add_filter_chains()->add_filters()->mutable_typed_config();
  packed->set_type_url("type.googleapis.com/of.nobody.We.Know");
  packed->set_value("cluster");
  EXPECT_THAT(named_in(listener), UnorderedElementsAre());
}

}  // namespace
}  // namespace amime::translate
