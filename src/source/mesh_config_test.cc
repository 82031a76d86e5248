#include <gtest/gtest.h>

#include "mesh/v1alpha1/config.pb.h"
#include "source/parse.h"

namespace amime::source {
namespace {

using istio::mesh::v1alpha1::MeshConfig;

mesh::ObjectPtr config(const std::string& yaml) {
  auto file = parse_mesh_config(yaml, "mesh.yaml");
  EXPECT_EQ(file.objects.size(), 1u);
  return file.objects.at(0).object;
}

TEST(MeshConfigDefaults, AreIstios) {
  const auto object = config("");
  const auto& c = object->spec<MeshConfig>();
  EXPECT_TRUE(c.enable_tracing());
  EXPECT_TRUE(c.enable_auto_mtls().value());
  EXPECT_EQ(c.root_namespace(), "istio-system");
  EXPECT_EQ(c.default_config().status_port(), 15020);
  EXPECT_EQ(c.extension_providers_size(), 3);
  EXPECT_EQ(c.connect_timeout().seconds(), 10);
}

TEST(MeshConfigDefaults, AFieldReplacesItsDefault) {
  const auto object =
      config("enableTracing: false\nenableAutoMtls: false\ndefaultServiceExportTo: [a, b]\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}\n");
  const auto& c = object->spec<MeshConfig>();
  EXPECT_FALSE(c.enable_tracing());
  EXPECT_FALSE(c.enable_auto_mtls().value());
  ASSERT_EQ(c.default_service_export_to_size(), 2);
  EXPECT_EQ(c.outbound_traffic_policy().mode(), MeshConfig::OutboundTrafficPolicy::REGISTRY_ONLY);
}

TEST(MeshConfigDefaults, AMessageReplacesItsDefaultWhole) {
  const auto object = config("localityLbSetting: {failover: [{from: a, to: b}]}\n");
  EXPECT_FALSE(object->spec<MeshConfig>().locality_lb_setting().has_enabled());
}

TEST(MeshConfigDefaults, ProxyConfigAndProvidersAreMerged) {
  const auto object = config(
      "defaultConfig: {concurrency: 3, proxyMetadata: {A: b}}\n"
      "extensionProviders: [{name: envoy, envoyFileAccessLog: {path: /tmp/x}}, {name: mine, envoyFileAccessLog: {path: /tmp/y}}]\n"
      "trustDomainAliases: [b, a, b]\n");
  const auto& c = object->spec<MeshConfig>();
  EXPECT_EQ(c.default_config().concurrency().value(), 3);
  EXPECT_EQ(c.default_config().proxy_admin_port(), 15000);
  EXPECT_EQ(c.default_config().proxy_metadata().at("A"), "b");
  ASSERT_EQ(c.extension_providers_size(), 4);
  EXPECT_EQ(c.extension_providers(2).envoy_file_access_log().path(), "/tmp/x");
  EXPECT_EQ(c.extension_providers(3).name(), "mine");
  ASSERT_EQ(c.trust_domain_aliases_size(), 2);
  EXPECT_EQ(c.trust_domain_aliases(0), "a");
}

}  // namespace
}  // namespace amime::source
