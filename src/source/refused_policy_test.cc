#include "source/refused_policy.h"

#include <gtest/gtest.h>

#include "extensions/v1alpha1/wasm.pb.h"
#include "source/testing.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::source {
namespace {

using istio::extensions::v1alpha1::WasmPlugin;

// What stands in for the plugin of this spec; null: it has no errors, or nothing does.
mesh::ObjectPtr stand_in(const std::string& spec) {
  const auto parsed = parse_documents(istio_object("WasmPlugin", spec), "test.yaml");
  EXPECT_EQ(parsed.objects.size(), 1u) << spec;
  EXPECT_FALSE(parsed.objects.at(0).object && parsed.objects[0].stand_in);
  return parsed.objects[0].stand_in;
}

TEST(RefusedPolicy, OnlyWhatJudgesRequestsIsStoodInFor) {
  EXPECT_EQ(stand_in("{phase: AUTHZ, url: 'file:///a'}"), nullptr) << "no error";
  EXPECT_EQ(stand_in("{phase: STATS}"), nullptr);
  EXPECT_EQ(stand_in("{}"), nullptr);
  EXPECT_NE(stand_in("{phase: AUTHN}"), nullptr);
  EXPECT_NE(stand_in("{phase: AUTHZ}"), nullptr);
  EXPECT_NE(stand_in("{phase: AUTHZZ, url: 'file:///a'}"), nullptr) << "it may be one";
  EXPECT_NE(stand_in("{phase: AUTHZ, url: 'file:///a', url: 'file:///b'}"), nullptr) << "errors of form count too";
}

TEST(RefusedPolicy, KeepsWhomItMeans) {
  const auto object =
      stand_in("{phase: AUTHN, selector: {matchLabels: {app: a}}, match: [{ports: [{number: 80}]}], sha256: x, priority: 3}");
  ASSERT_NE(object, nullptr);
  const auto& spec = object->spec<WasmPlugin>();
  EXPECT_EQ(spec.phase(), istio::extensions::v1alpha1::AUTHN);
  EXPECT_EQ(spec.selector().match_labels().at("app"), "a");
  EXPECT_EQ(spec.match_size(), 1);
  EXPECT_EQ(spec.priority().value(), 3);
  EXPECT_EQ(spec.url() + spec.sha256(), "");
}

TEST(RefusedPolicy, WhereThatCannotBeReadItMeansAll) {
  EXPECT_FALSE(stand_in("{phase: AUTHZ, selector: {matchLabels: {app: '*'}}}")->spec<WasmPlugin>().has_selector());
  EXPECT_EQ(stand_in("{phase: AUTHZ, match: [{ports: [{number: 99999}]}]}")->spec<WasmPlugin>().match_size(), 0);
}

}  // namespace
}  // namespace amime::source
