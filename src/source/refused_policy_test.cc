#include "source/refused_policy.h"

#include <gtest/gtest.h>

#include "extensions/v1alpha1/wasm.pb.h"
#include "mesh/key_set_uri.h"
#include "security/v1beta1/authorization_policy.pb.h"
#include "security/v1beta1/peer_authentication.pb.h"
#include "security/v1beta1/request_authentication.pb.h"
#include "source/testing.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::source {
namespace {

using istio::extensions::v1alpha1::WasmPlugin;
using istio::security::v1beta1::AuthorizationPolicy;
using istio::security::v1beta1::PeerAuthentication;
using istio::security::v1beta1::RequestAuthentication;

// What stands in for the object of this spec; null: it has no errors, or nothing does.
mesh::ObjectPtr stand_in(const std::string& kind, const std::string& spec) {
  const auto parsed = parse_documents(istio_object(kind, spec), "test.yaml");
  EXPECT_EQ(parsed.objects.size(), 1u) << spec;
  EXPECT_FALSE(parsed.objects.at(0).object && parsed.objects[0].stand_in);
  return parsed.objects[0].stand_in;
}

mesh::ObjectPtr stand_in(const std::string& spec) { return stand_in("WasmPlugin", spec); }

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

TEST(RefusedPolicy, WhatDeniesDeniesAll) {
  for (const char* action : {"DENY", "CUSTOM", "NOSUCH"}) {
    const auto object = stand_in("AuthorizationPolicy", std::string("{action: ") + action +
                                                            ", provider: {name: p}, selector: {matchLabels: {app: a}}, "
                                                            "rules: [{to: [{operation: {ports: ['x']}}]}]}");
    ASSERT_NE(object, nullptr) << action;
    const auto& spec = object->spec<AuthorizationPolicy>();
    EXPECT_EQ(spec.action(), AuthorizationPolicy::DENY);
    ASSERT_EQ(spec.rules_size(), 1);
    EXPECT_EQ(spec.rules(0).ByteSizeLong(), 0u);
    EXPECT_EQ(spec.selector().match_labels().at("app"), "a");
  }
}

TEST(RefusedPolicy, WhatAllowsAllowsNothing) {
  const auto object = stand_in("AuthorizationPolicy", "{rules: [{from: [{source: {ipBlocks: ['x']}}]}]}");
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->spec<AuthorizationPolicy>().action(), AuthorizationPolicy::ALLOW);
  EXPECT_EQ(object->spec<AuthorizationPolicy>().rules_size(), 0);
  EXPECT_EQ(stand_in("AuthorizationPolicy", "{action: AUDIT, rules: [{from: [{source: {ipBlocks: ['x']}}]}]}"), nullptr);
}

TEST(RefusedPolicy, PeersMustEncrypt) {
  const auto object = stand_in("PeerAuthentication", "{mtls: {mode: DISABLED}, selector: {matchLabels: {app: a}}}");
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->spec<PeerAuthentication>().mtls().mode(), PeerAuthentication::MutualTLS::STRICT);
  EXPECT_EQ(object->spec<PeerAuthentication>().selector().match_labels().at("app"), "a");
}

TEST(RefusedPolicy, TokensOfARuleWithErrorsAreRefused) {
  const auto object = stand_in("RequestAuthentication",
                               "{jwtRules: [{issuer: a, jwksUri: 'http://k'}, {issuer: b, jwks: 'no keys', fromHeaders: [{name: x}]}]}");
  ASSERT_NE(object, nullptr);
  const auto& spec = object->spec<RequestAuthentication>();
  ASSERT_EQ(spec.jwt_rules_size(), 2);
  EXPECT_EQ(spec.jwt_rules(0).jwks_uri(), "http://k");
  EXPECT_EQ(spec.jwt_rules(1).issuer(), "b");
  EXPECT_EQ(spec.jwt_rules(1).jwks(), mesh::kNobodysKeys);
  EXPECT_EQ(spec.jwt_rules(1).from_headers(0).name(), "x");
  EXPECT_EQ(stand_in("RequestAuthentication", "{jwtRules: 7}")->spec<RequestAuthentication>().jwt_rules_size(), 1);
}

}  // namespace
}  // namespace amime::source
