#include "translate/telemetry/choose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/testing.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/telemetry/choose_metrics.h"

namespace amime::translate {
namespace {

using istio::mesh::v1alpha1::MeshConfig;
using ::testing::ElementsAre;

mesh::ObjectPtr telemetry(std::string_view spec) { return mesh::testing::istio(mesh::Kind::kTelemetry, "default", "t", spec); }

MeshConfig with_defaults(std::initializer_list<const char*> logs, std::initializer_list<const char*> metrics = {}) {
  MeshConfig config;
  for (const auto name : logs) config.mutable_default_providers()->add_access_logging(name);
  for (const auto name : metrics) config.mutable_default_providers()->add_metrics(name);
  auto* prometheus = config.add_extension_providers();
  prometheus->set_name("prometheus");
  prometheus->mutable_prometheus();
  return config;
}

// "name", "name?filter", "name off"
std::vector<std::string> logs(const std::vector<std::string_view>& specs, const MeshConfig& config,
                              ListenerClass side = ListenerClass::kSidecarOutbound) {
  std::vector<mesh::ObjectPtr> objects;
  for (const auto spec : specs) objects.push_back(telemetry(spec));
  const auto choices = choose_logs(objects, config, side);
  if (!choices) return {"MeshConfig"};
  std::vector<std::string> out;
  for (const auto& choice : *choices)
    out.push_back(choice.provider + (choice.filter.empty() ? "" : "?" + choice.filter) + (choice.disabled ? " off" : ""));
  return out;
}

TEST(ChooseLogs, WithoutAnyChoiceMeshConfigsOwnFieldsCount) {
  EXPECT_THAT(logs({}, with_defaults({})), ElementsAre("MeshConfig"));
  EXPECT_THAT(logs({R"({"tracing":[{}]})"}, with_defaults({})), ElementsAre("MeshConfig"));
  EXPECT_THAT(logs({}, with_defaults({"a"})), ElementsAre("a"));
}

TEST(ChooseLogs, ProvidersReplaceThoseOfTheObjectBefore) {
  EXPECT_THAT(logs({R"({"accessLogging":[{"providers":[{"name":"b"},{"name":"c"}]}]})"}, with_defaults({"a"})), ElementsAre("b", "c"));
  EXPECT_THAT(logs({R"({"accessLogging":[{"providers":[{"name":"b"}]}]})", R"({"accessLogging":[{"providers":[{"name":"c"}]}]})"},
                   with_defaults({"a"})),
              ElementsAre("c"));
}

TEST(ChooseLogs, AnEntryWithoutProvidersIsAboutThoseItInherits) {
  EXPECT_THAT(logs({R"({"accessLogging":[{"disabled":true}]})"}, with_defaults({"a"})), ElementsAre("a off"));
  EXPECT_THAT(logs({R"({"accessLogging":[{"filter":{"expression":"x"}}]})"}, with_defaults({"a"})), ElementsAre("a?x"));
  EXPECT_THAT(logs({R"({"accessLogging":[{"disabled":true}]})", R"({"accessLogging":[{}]})"}, with_defaults({"a"})), ElementsAre("a"));
}

TEST(ChooseLogs, ModesTellSidesApart) {
  const auto spec = R"({"accessLogging":[{"match":{"mode":"CLIENT"},"providers":[{"name":"b"}]},
                                         {"match":{"mode":"SERVER"},"disabled":true,"providers":[{"name":"c"}]}]})";
  EXPECT_THAT(logs({spec}, with_defaults({})), ElementsAre("b"));
  EXPECT_THAT(logs({spec}, with_defaults({}), ListenerClass::kGateway), ElementsAre("b"));
  EXPECT_THAT(logs({spec}, with_defaults({}), ListenerClass::kSidecarInbound), ElementsAre("c off"));
}

TEST(ChooseTracing, LaterEntriesHaveTheLastWordFieldByField) {
  EXPECT_FALSE(choose_tracing({}, with_defaults({}), ListenerClass::kGateway));
  const std::vector<mesh::ObjectPtr> objects{
      telemetry(R"({"tracing":[{"providers":[{"name":"a"}],"randomSamplingPercentage":5,"customTags":{"x":{"literal":{"value":"1"}}}}]})"),
      telemetry(R"({"tracing":[{"randomSamplingPercentage":7},{"match":{"mode":"SERVER"},"disableSpanReporting":true}]})")};
  const auto client = choose_tracing(objects, with_defaults({}), ListenerClass::kSidecarOutbound);
  ASSERT_TRUE(client);
  EXPECT_EQ(client->provider, "a");
  EXPECT_EQ(client->sampling, 7);
  EXPECT_EQ(client->tags.size(), 1u);
  EXPECT_FALSE(client->disabled);
  EXPECT_TRUE(choose_tracing(objects, with_defaults({}), ListenerClass::kSidecarInbound)->disabled);
}

MetricChoice metrics(const std::vector<std::string_view>& specs, const MeshConfig& config,
                     ListenerClass side = ListenerClass::kSidecarOutbound) {
  std::vector<mesh::ObjectPtr> objects;
  for (const auto spec : specs) objects.push_back(telemetry(spec));
  return choose_metrics(objects, config, side);
}

TEST(ChooseMetrics, NobodyCountsUnlessAskedTo) {
  EXPECT_FALSE(metrics({}, with_defaults({})).prometheus);
  EXPECT_TRUE(metrics({}, with_defaults({}, {"prometheus"})).prometheus);
  EXPECT_TRUE(metrics({R"({"metrics":[{"providers":[{"name":"Prometheus"}]}]})"}, with_defaults({})).prometheus);
  const auto other = metrics({R"({"metrics":[{"providers":[{"name":"x"}]}]})"}, with_defaults({}, {"prometheus"}));
  EXPECT_FALSE(other.prometheus);
  EXPECT_THAT(other.others, ElementsAre("x"));
}

TEST(ChooseMetrics, OverridesAddUp) {
  const auto off = R"({"metrics":[{"overrides":[{"disabled":true}]}]})";
  EXPECT_TRUE(metrics({off}, with_defaults({}, {"prometheus"})).disabled);
  const auto one = R"({"metrics":[{"overrides":[{"match":{"metric":"REQUEST_COUNT"},"disabled":false,
                       "tagOverrides":{"a":{"value":"x"},"b":{"operation":"REMOVE"}}}]}]})";
  const auto both = metrics({off, one}, with_defaults({}, {"prometheus"}));
  EXPECT_FALSE(both.disabled) << "who changes one metric wants it";
  EXPECT_EQ(both.changes.at("REQUEST_COUNT").tags.at("a"), "x");
  EXPECT_EQ(both.changes.at("REQUEST_COUNT").tags.at("b"), std::nullopt);
  EXPECT_EQ(metrics({R"({"metrics":[{"overrides":[{"disabled":false}]}]})"}, with_defaults({}, {"prometheus"})).changes.size(), 10u);
}

TEST(ChooseMetrics, ASideOfItsOwn) {
  const auto spec = R"({"metrics":[{"overrides":[{"match":{"mode":"SERVER"},"disabled":true}]}]})";
  EXPECT_FALSE(metrics({spec}, with_defaults({}, {"prometheus"})).disabled);
  EXPECT_TRUE(metrics({spec}, with_defaults({}, {"prometheus"}), ListenerClass::kSidecarInbound).disabled);
}

}  // namespace
}  // namespace amime::translate
