#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "translate/cluster_testing.h"

namespace amime::translate {
namespace {

using cluster_testing::cluster_with;
using cluster_testing::http_options;

TEST(OutlierDetection, NoneUnlessAsked) {
  const auto cluster = cluster_with("");
  EXPECT_FALSE(cluster.has_outlier_detection());
  ASSERT_TRUE(cluster.common_lb_config().has_healthy_panic_threshold());  // 50 % in Envoy, unless said
  EXPECT_EQ(cluster.common_lb_config().healthy_panic_threshold().value(), 0);
}

TEST(OutlierDetection, EmptyMeansEnvoysCountsWithoutSuccessRateOrPanic) {
  const auto cluster = cluster_with(R"({"outlierDetection": {}})");
  const auto& outlier = cluster.outlier_detection();
  EXPECT_TRUE(outlier.has_enforcing_success_rate());
  EXPECT_EQ(outlier.enforcing_success_rate().value(), 0u);
  EXPECT_FALSE(outlier.has_consecutive_5xx());
  EXPECT_FALSE(outlier.has_enforcing_local_origin_success_rate());
  ASSERT_TRUE(cluster.common_lb_config().has_healthy_panic_threshold());
  EXPECT_EQ(cluster.common_lb_config().healthy_panic_threshold().value(), 0);
}

TEST(OutlierDetection, AllFields) {
  const auto cluster = cluster_with(
      R"({"outlierDetection": {"consecutive5xxErrors": 2, "consecutiveGatewayErrors": 3, "interval": "1s", "baseEjectionTime": "45s",
    "maxEjectionPercent": 100, "minHealthPercent": 40, "splitExternalLocalOriginErrors": true, "consecutiveLocalOriginFailures": 6}})");
  const auto& outlier = cluster.outlier_detection();
  EXPECT_EQ(outlier.consecutive_5xx().value(), 2u);
  EXPECT_EQ(outlier.enforcing_consecutive_5xx().value(), 100u);
  EXPECT_EQ(outlier.consecutive_gateway_failure().value(), 3u);
  EXPECT_EQ(outlier.enforcing_consecutive_gateway_failure().value(), 100u);
  EXPECT_EQ(outlier.interval().seconds(), 1);
  EXPECT_EQ(outlier.base_ejection_time().seconds(), 45);
  EXPECT_EQ(outlier.max_ejection_percent().value(), 100u);
  EXPECT_TRUE(outlier.split_external_local_origin_errors());
  EXPECT_EQ(outlier.consecutive_local_origin_failure().value(), 6u);
  EXPECT_EQ(outlier.enforcing_consecutive_local_origin_failure().value(), 100u);
  EXPECT_TRUE(outlier.has_enforcing_local_origin_success_rate());
  EXPECT_EQ(cluster.common_lb_config().healthy_panic_threshold().value(), 40);
}

TEST(OutlierDetection, CountZeroSwitchesOff) {
  const auto outlier =
      cluster_with(R"({"outlierDetection": {"consecutive5xxErrors": 0, "consecutiveGatewayErrors": 0}})").outlier_detection();
  EXPECT_EQ(outlier.enforcing_consecutive_5xx().value(), 0u);
  EXPECT_TRUE(outlier.has_enforcing_consecutive_5xx());
  EXPECT_TRUE(outlier.has_enforcing_consecutive_gateway_failure());
  EXPECT_EQ(outlier.enforcing_consecutive_gateway_failure().value(), 0u);
}

TEST(OutlierDetection, ChosenStatusesCountAsErrors) {
  const auto one =
      http_options(cluster_with(R"({"outlierDetection": {"outlierDetectionHttpErrorCodes": [429]}})")).outlier_detection().error_matcher();
  EXPECT_EQ(one.http_response_headers_match().headers(0).string_match().exact(), "429");
  const auto two = http_options(cluster_with(R"({"outlierDetection": {"outlierDetectionHttpErrorCodes": [429, 503]}})"))
                       .outlier_detection()
                       .error_matcher();
  ASSERT_EQ(two.or_match().rules_size(), 2);
  EXPECT_EQ(two.or_match().rules(1).http_response_headers_match().headers(0).string_match().exact(), "503");
}

}  // namespace
}  // namespace amime::translate
