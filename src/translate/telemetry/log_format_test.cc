#include "translate/telemetry/log_format.h"

#include <gtest/gtest.h>

#include "envoy/config/core/v3/substitution_format_string.pb.h"
#include "mesh/v1alpha1/config.pb.h"

namespace amime::translate {
namespace {

using envoy::config::core::v3::SubstitutionFormatString;
using istio::mesh::v1alpha1::MeshConfig;

SubstitutionFormatString format_of(const MeshConfig& config) {
  SubstitutionFormatString format;
  set_mesh_format(config, &format);
  return format;
}

TEST(LogFormat, TheDefaultTextIsIstios) {
  MeshConfig config;
  const auto format = format_of(config);
  const std::string& text = format.text_format_source().inline_string();
  EXPECT_TRUE(text.starts_with(
      "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% "));
  EXPECT_NE(text.find(" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW% "), std::string::npos);
  EXPECT_TRUE(text.ends_with(" %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n"));
  EXPECT_EQ(format.formatters_size(), 0);
}

TEST(LogFormat, OwnTextGetsItsLineEndAndItsFormatter) {
  MeshConfig config;
  config.set_access_log_format("%REQ_WITHOUT_QUERY(:PATH)%");
  const auto format = format_of(config);
  EXPECT_EQ(format.text_format_source().inline_string(), "%REQ_WITHOUT_QUERY(:PATH)%\n");
  ASSERT_EQ(format.formatters_size(), 1);
  EXPECT_EQ(format.formatters(0).name(), "envoy.formatter.req_without_query");
}

TEST(LogFormat, JsonHasIstiosFieldsOrTheUsers) {
  MeshConfig config;
  config.set_access_log_encoding(MeshConfig::JSON);
  EXPECT_EQ(format_of(config).json_format().fields().at("upstream_cluster").string_value(), "%UPSTREAM_CLUSTER_RAW%");
  EXPECT_EQ(format_of(config).json_format().fields_size(), 24);

  config.set_access_log_format(R"({"who": "%REQ(:AUTHORITY)%", "deep": {"path": "%REQ_WITHOUT_QUERY(:PATH)%"}})");
  const auto own = format_of(config);
  EXPECT_EQ(own.json_format().fields_size(), 2);
  EXPECT_EQ(own.formatters_size(), 1);

  config.set_access_log_format("{not json");
  EXPECT_EQ(format_of(config).json_format().fields_size(), 24);
}

}  // namespace
}  // namespace amime::translate
