#include "mesh/envoy_json.h"

#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

namespace amime::mesh {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

EnvoyValue read(std::string_view type, const std::string& json) {
  google::protobuf::Struct value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &value).ok()) << json;
  return read_envoy(type, value);
}

std::string text(std::string_view type, const EnvoyValue& value) {
  std::unique_ptr<google::protobuf::Message> message(envoy_prototype(type)->New());
  EXPECT_TRUE(message->ParseFromString(value.bytes));
  return message->ShortDebugString();
}

TEST(EnvoyJson, ReadsAMessageByName) {
  const auto read_value = read("envoy.config.cluster.v3.Cluster", R"({"name":"a","connect_timeout":"5s","lb_policy":"RANDOM"})");
  EXPECT_THAT(read_value.error, IsEmpty());
  EXPECT_EQ(text("envoy.config.cluster.v3.Cluster", read_value), R"(name: "a" connect_timeout { seconds: 5 } lb_policy: RANDOM)");
}

TEST(EnvoyJson, LooksIntoAnExtensionThatNothingElseKnows) {
  const auto read_value = read("envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
                               R"({"name":"lua","typed_config":{"@type":"type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
                                   "default_source_code":{"inline_string":"x"}}})");
  EXPECT_THAT(read_value.error, IsEmpty());
  EXPECT_THAT(read_value.unknown, IsEmpty());
  EXPECT_THAT(read_value.bytes, HasSubstr("envoy.extensions.filters.http.lua.v3.Lua"));
}

TEST(EnvoyJson, SaysWhatIsWrong) {
  EXPECT_THAT(read("envoy.config.cluster.v3.Cluster", R"({"connect_timeout":"soon"})").error, HasSubstr("connect_timeout"));
  EXPECT_THAT(read("envoy.config.listener.v3.Filter", R"({"typed_config":{"@type":"type.googleapis.com/envoy.no.such.Type"}})").error,
              HasSubstr("envoy.no.such.Type"));
}

TEST(EnvoyJson, LeavesOutWhatThisVersionDoesNotKnowAndSaysSo) {
  const auto read_value = read("envoy.config.cluster.v3.Cluster", R"({"name":"a","nosuchfield":1})");
  EXPECT_THAT(read_value.error, IsEmpty());
  EXPECT_THAT(read_value.unknown, HasSubstr("nosuchfield"));
  EXPECT_EQ(text("envoy.config.cluster.v3.Cluster", read_value), R"(name: "a")");
  EXPECT_THAT(read("envoy.config.cluster.v3.Cluster", R"({"lb_policy":"BEST"})").unknown, HasSubstr("BEST"));
}

TEST(EnvoyJson, WritesWhatOnlyItKnows) {
  const auto filter =
      read("envoy.config.listener.v3.Filter", R"({"typed_config":{"@type":"type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
                           "default_source_code":{"inline_string":"x"}}})");
  std::unique_ptr<google::protobuf::Message> message(envoy_prototype("envoy.config.listener.v3.Filter")->New());
  ASSERT_TRUE(message->ParseFromString(filter.bytes));
  EXPECT_EQ(
      write_envoy(*message),
      R"({"typed_config":{"@type":"type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua","default_source_code":{"inline_string":"x"}}})");
}

TEST(EnvoyJson, HasNoTypeThatIsNotEnvoys) { EXPECT_EQ(envoy_prototype("stats.PluginConfig"), nullptr); }

}  // namespace
}  // namespace amime::mesh
