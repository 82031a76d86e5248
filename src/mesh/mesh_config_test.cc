#include "mesh/mesh_config.h"

#include <gtest/gtest.h>

#include "mesh/testing.h"
#include "mesh/v1alpha1/config.pb.h"

namespace amime::mesh {
namespace {

using istio::mesh::v1alpha1::MeshConfig;

SettingsPtr with(std::string_view json) { return make_settings(testing::mesh_config(json)); }

TEST(MeshConfig, DefaultsAreIstios) {
  auto settings = make_settings(nullptr);
  const auto& config = *settings->config;
  EXPECT_EQ(config.outbound_traffic_policy().mode(), istio::mesh::v1alpha1::MeshConfig_OutboundTrafficPolicy::ALLOW_ANY);
  EXPECT_EQ(config.access_log_file(), "");
  EXPECT_EQ(config.connect_timeout().seconds(), 10);
  EXPECT_FALSE(config.has_tcp_keepalive());
  EXPECT_TRUE(config.has_protocol_detection_timeout());
  EXPECT_EQ(config.protocol_detection_timeout().seconds(), 0);
  EXPECT_TRUE(config.enable_auto_mtls().value());
  EXPECT_TRUE(config.locality_lb_setting().enabled().value());
  EXPECT_FALSE(config.has_default_http_retry_policy());
  EXPECT_EQ(config.default_config().status_port(), 15020);
  EXPECT_EQ(settings->root_namespace, "istio-system");
  EXPECT_EQ(settings->trust_domain, "cluster.local");
  EXPECT_EQ(settings->service_export_to, std::vector<std::string>{"*"});
  EXPECT_FALSE(settings->destination_rules_private);
}

TEST(MeshConfig, WhatTheUserSetsReplacesTheDefault) {
  auto settings = with(R"({"accessLogFile":"/dev/stdout","rootNamespace":"root","defaultServiceExportTo":["."],
      "defaultDestinationRuleExportTo":["."],"outboundTrafficPolicy":{"mode":"REGISTRY_ONLY"},"enableAutoMtls":false,"connectTimeout":"3s"})");
  const auto& config = *settings->config;
  EXPECT_EQ(config.access_log_file(), "/dev/stdout");
  EXPECT_EQ(config.outbound_traffic_policy().mode(), istio::mesh::v1alpha1::MeshConfig_OutboundTrafficPolicy::REGISTRY_ONLY);
  EXPECT_FALSE(config.enable_auto_mtls().value());
  EXPECT_EQ(config.connect_timeout().seconds(), 3);
  EXPECT_EQ(config.trust_domain(), "cluster.local");
  EXPECT_EQ(settings->root_namespace, "root");
  EXPECT_EQ(settings->service_export_to, std::vector<std::string>{"."});
  EXPECT_TRUE(settings->destination_rules_private);
}

TEST(MeshConfig, ExportTo) {
  using Texts = std::vector<std::string>;
  EXPECT_TRUE(parse_export_to(Texts{}, "ns", {"*"}).all);
  auto here = parse_export_to(Texts{}, "ns", {"."});
  EXPECT_TRUE(here.visible_to("ns") && !here.visible_to("other"));
  auto some = parse_export_to(Texts{".", "b"}, "ns", {"*"});
  EXPECT_TRUE(some.visible_to("ns") && some.visible_to("b") && !some.visible_to("c"));
  auto nobody = parse_export_to(Texts{"~", "b"}, "ns", {"*"});
  EXPECT_FALSE(nobody.all || nobody.visible_to("ns") || nobody.visible_to("b"));
  EXPECT_TRUE(parse_export_to(Texts{"*", "~"}, "ns", {"*"}).all);
}

}  // namespace
}  // namespace amime::mesh
