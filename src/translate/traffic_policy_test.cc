#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/policy.h"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;

api::DestinationRule rule(const std::string& json) {
  api::DestinationRule out;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &out).ok()) << json;
  return out;
}

std::int32_t max_connections(const TrafficSettings& settings) {
  return settings.connection_pool ? settings.connection_pool->tcp().max_connections() : -1;
}

TEST(TrafficPolicy, NothingWithoutARule) {
  const auto settings = settings_of_rule(nullptr, nullptr, 80, "v1");
  EXPECT_EQ(settings.connection_pool, nullptr);
  EXPECT_EQ(settings.tls, nullptr);
}

TEST(TrafficPolicy, PortLevelReplacesAllSettings) {
  const auto r = rule(R"({"trafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 1}}, "outlierDetection": {}, "proxyProtocol": {},
    "portLevelSettings": [{"port": {"number": 80}, "loadBalancer": {"simple": "RANDOM"}}]}})");
  const auto other = settings_of_rule(&r, nullptr, 81, "");
  EXPECT_EQ(max_connections(other), 1);
  EXPECT_NE(other.outlier_detection, nullptr);
  EXPECT_NE(other.proxy_protocol, nullptr);
  const auto own = settings_of_rule(&r, nullptr, 80, "");
  EXPECT_EQ(own.connection_pool, nullptr);  // not inherited
  EXPECT_EQ(own.outlier_detection, nullptr);
  EXPECT_EQ(own.proxy_protocol, nullptr);
  EXPECT_EQ(own.load_balancer->simple(), api::LoadBalancerSettings::RANDOM);
}

TEST(TrafficPolicy, SubsetOverridesSettingBySetting) {
  const auto r = rule(R"({"trafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 1}}, "tls": {"mode": "SIMPLE"}},
    "subsets": [{"name": "v1", "trafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 7}}}}, {"name": "v2"}]})");
  EXPECT_EQ(max_connections(settings_of_rule(&r, nullptr, 80, "v1")), 7);
  EXPECT_NE(settings_of_rule(&r, nullptr, 80, "v1").tls, nullptr);
  EXPECT_EQ(max_connections(settings_of_rule(&r, nullptr, 80, "v2")), 1);
  EXPECT_EQ(max_connections(settings_of_rule(&r, nullptr, 80, "")), 1);
}

TEST(TrafficPolicy, SubsetsPortLevelReplacesEvenWhatItLeavesOut) {
  const auto r = rule(R"({"trafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 1}}, "retryBudget": {"minRetryConcurrency": 9}},
    "subsets": [{"name": "v1", "trafficPolicy": {"portLevelSettings": [{"port": {"number": 80}, "outlierDetection": {}}]}}]})");
  const auto on_port = settings_of_rule(&r, nullptr, 80, "v1");
  EXPECT_EQ(on_port.connection_pool, nullptr);
  EXPECT_NE(on_port.outlier_detection, nullptr);
  EXPECT_NE(on_port.retry_budget, nullptr);  // exists at destination level only: inherited
  EXPECT_EQ(max_connections(settings_of_rule(&r, nullptr, 81, "v1")), 1);
}

TEST(TrafficPolicy, MeshDefaultsFillWhatTheRuleLeavesOut) {
  ::istio::mesh::v1alpha1::MeshConfig config;
  config.mutable_default_traffic_policy()->mutable_connection_pool()->mutable_tcp()->set_max_connections(50);
  config.mutable_default_traffic_policy()->mutable_outlier_detection();
  const auto r = rule(R"({"trafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 1}}}})");
  EXPECT_EQ(max_connections(settings_of_rule(nullptr, &config, 80, "")), 50);
  EXPECT_EQ(max_connections(settings_of_rule(&r, &config, 80, "")), 1);
  EXPECT_NE(settings_of_rule(&r, &config, 80, "").outlier_detection, nullptr);
}

}  // namespace
}  // namespace amime::translate
