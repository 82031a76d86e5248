#include <gtest/gtest.h>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/secret.pb.h"
#include "translate/listener_testing.h"
#include "translate/secret_name.h"

namespace amime::translate {
namespace {

using envoy::extensions::transport_sockets::tls::v3::Secret;
using listener_testing::ListenerWorld;
namespace mt = mesh::testing;

// The Secret that the rule makes of `data` for `subject`; empty where it makes none.
Secret make(std::map<std::string, std::string> data, std::string subject = "kubernetes://c", std::string name = "c") {
  ListenerWorld world({mt::secret("ingress", name, data)}, mt::router("ingress", {}));
  const auto product = world.run(RuleId::kGatewaySecret, subject);
  Secret out;
  if (!product.resources.empty()) {
    EXPECT_EQ(product.resources[0]->type, Type::kSecret);
    EXPECT_EQ(product.resources[0]->name, subject);
    out.ParseFromString(std::string(product.resources[0]->message()));
  }
  return out;
}

TEST(GatewaySecret, KeyPairsComeUnderEitherName) {
  EXPECT_EQ(make({{"tls.crt", "C"}, {"tls.key", "K"}}).tls_certificate().certificate_chain().inline_bytes(), "C");
  EXPECT_EQ(make({{"cert", "C2"}, {"key", "K2"}}).tls_certificate().private_key().inline_bytes(), "K2");
  EXPECT_EQ(make({{"cert", "C2"}, {"key", "K2"}, {"tls.crt", "C"}, {"tls.key", "K"}}).tls_certificate().certificate_chain().inline_bytes(),
            "C2");
  EXPECT_EQ(make({{"tls.crt", "C"}}).name(), "");
  EXPECT_EQ(make({{"tls.crt", "C"}, {"tls.key", ""}}).name(), "");
}

TEST(GatewaySecret, AuthoritiesAreInTheirOwnSecretOrInThePairs) {
  EXPECT_EQ(make({{"ca.crt", "CA"}}, "kubernetes://c-cacert", "c-cacert").validation_context().trusted_ca().inline_bytes(), "CA");
  const auto shared = make({{"tls.crt", "C"}, {"tls.key", "K"}, {"cacert", "CA2"}, {"crl", "R"}}, "kubernetes://c-cacert");
  EXPECT_EQ(shared.validation_context().trusted_ca().inline_bytes(), "CA2");
  EXPECT_EQ(shared.validation_context().crl().inline_bytes(), "R");
  EXPECT_EQ(make({{"tls.crt", "C"}, {"tls.key", "K"}}, "kubernetes://c-cacert").name(), "");
}

TEST(GatewaySecret, OtherNamespacesSecretsAreNotGivenOut) {
  ListenerWorld world({mt::secret("other", "c", {{"tls.crt", "C"}, {"tls.key", "K"}})}, mt::router("ingress", {}));
  EXPECT_TRUE(world.run(RuleId::kGatewaySecret, "kubernetes://c").resources.empty());
  Trace reads;
  EXPECT_TRUE(world.run(RuleId::kGatewaySecret, "kubernetes://other/c", &reads).resources.empty());
  for (const auto& read : reads) EXPECT_NE(read.ask, Ask::kSecret) << "it must not even be looked at";
  EXPECT_TRUE(world.run(RuleId::kGatewaySecret, "other://ingress/c").resources.empty());
}

TEST(GatewaySecret, AuthoritiesInConfigMapsAreForEverybody) {
  auto map = std::make_shared<mesh::Object>();
  map->key = {mesh::Kind::kConfigMap, "other", "c"};
  map->payload = mesh::KubeConfigMap{{{"ca.crt", "CA"}}};
  ListenerWorld world({map}, mt::router("ingress", {}));
  Trace reads;
  const auto product = world.run(RuleId::kGatewaySecret, "configmap://other/c-cacert", &reads);
  ASSERT_EQ(product.resources.size(), 1u);
  Secret secret;
  secret.ParseFromString(std::string(product.resources[0]->message()));
  EXPECT_EQ(secret.validation_context().trusted_ca().inline_bytes(), "CA");
  for (const auto& read : reads) EXPECT_EQ(read.ask, Ask::kSecret) << "all proxies share it";
  const auto none = world.run(RuleId::kGatewaySecret, "configmap://other/d-cacert");
  EXPECT_TRUE(none.resources.empty());
  EXPECT_EQ(none.notes.size(), 1u);
}

TEST(GatewaySecret, NamesAreTakenApart) {
  EXPECT_EQ(secret_resource_name("c"), "kubernetes://c");
  EXPECT_EQ(secret_resource_name("configmap://a/b"), "configmap://a/b");
  const auto ref = parse_secret_name("kubernetes://ns/c-cacert", "own");
  ASSERT_TRUE(ref.has_value());
  EXPECT_EQ(ref->ns, "ns");
  EXPECT_EQ(ref->name, "c-cacert");
  EXPECT_TRUE(ref->authorities);
  EXPECT_EQ(parse_secret_name("kubernetes://c", "own")->ns, "own");
}

}  // namespace
}  // namespace amime::translate
