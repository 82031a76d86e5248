#include "translate/access_log.h"

#include <gtest/gtest.h>

#include "envoy/config/accesslog/v3/accesslog.pb.h"
#include "envoy/extensions/access_loggers/file/v3/file.pb.h"
#include "mesh/v1alpha1/config.pb.h"

namespace amime::translate {
namespace {

using envoy::extensions::access_loggers::file::v3::FileAccessLog;
using istio::mesh::v1alpha1::MeshConfig;

FileAccessLog file_log(const MeshConfig& config) {
  AccessLogs logs;
  add_access_log(config, &logs);
  FileAccessLog file;
  EXPECT_EQ(logs.size(), 1);
  EXPECT_EQ(logs[0].name(), "envoy.access_loggers.file");
  EXPECT_TRUE(logs[0].typed_config().UnpackTo(&file));
  return file;
}

TEST(AccessLog, NoneUnlessTheMeshNamesAFile) {
  AccessLogs logs;
  add_access_log(MeshConfig(), &logs);
  add_listener_access_log(MeshConfig(), &logs);
  EXPECT_EQ(logs.size(), 0);
}

TEST(AccessLog, TheDefaultTextIsIstios) {
  MeshConfig config;
  config.set_access_log_file("/dev/stdout");
  const auto file = file_log(config);
  EXPECT_EQ(file.path(), "/dev/stdout");
  const std::string& text = file.log_format().text_format_source().inline_string();
  EXPECT_TRUE(text.starts_with(
      "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% "));
  EXPECT_NE(text.find(" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW% "), std::string::npos);
  EXPECT_TRUE(text.ends_with(" %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n"));
  EXPECT_EQ(file.log_format().formatters_size(), 0);
}

TEST(AccessLog, OwnTextGetsItsLineEndAndItsFormatter) {
  MeshConfig config;
  config.set_access_log_file("/dev/stdout");
  config.set_access_log_format("%REQ_WITHOUT_QUERY(:PATH)%");
  const auto format = file_log(config).log_format();
  EXPECT_EQ(format.text_format_source().inline_string(), "%REQ_WITHOUT_QUERY(:PATH)%\n");
  ASSERT_EQ(format.formatters_size(), 1);
  EXPECT_EQ(format.formatters(0).name(), "envoy.formatter.req_without_query");
}

TEST(AccessLog, JsonHasIstiosFieldsOrTheUsers) {
  MeshConfig config;
  config.set_access_log_file("/dev/stdout");
  config.set_access_log_encoding(MeshConfig::JSON);
  EXPECT_EQ(file_log(config).log_format().json_format().fields().at("upstream_cluster").string_value(), "%UPSTREAM_CLUSTER_RAW%");
  EXPECT_EQ(file_log(config).log_format().json_format().fields_size(), 24);

  config.set_access_log_format(R"({"who": "%REQ(:AUTHORITY)%", "deep": {"path": "%REQ_WITHOUT_QUERY(:PATH)%"}})");
  const auto own = file_log(config).log_format();
  EXPECT_EQ(own.json_format().fields_size(), 2);
  EXPECT_EQ(own.formatters_size(), 1);

  config.set_access_log_format("{not json");
  EXPECT_EQ(file_log(config).log_format().json_format().fields_size(), 24);
}

TEST(AccessLog, JsonBytesAreTheSameEveryTime) {
  MeshConfig config;
  config.set_access_log_file("/dev/stdout");
  config.set_access_log_encoding(MeshConfig::JSON);
  AccessLogs first, second;
  add_access_log(config, &first);
  add_access_log(config, &second);
  EXPECT_EQ(first[0].typed_config().value(), second[0].typed_config().value());
}

TEST(AccessLog, ListenersLogOnlyWhatNoChainTook) {
  MeshConfig config;
  config.set_access_log_file("/dev/stdout");
  AccessLogs logs;
  add_listener_access_log(config, &logs);
  ASSERT_EQ(logs.size(), 1);
  EXPECT_EQ(logs[0].filter().response_flag_filter().flags(0), "NR");
  config.set_disable_envoy_listener_log(true);
  AccessLogs none;
  add_listener_access_log(config, &none);
  EXPECT_EQ(none.size(), 0);
}

}  // namespace
}  // namespace amime::translate
