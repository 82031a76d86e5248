#include "mesh/mesh_config.h"

#include <algorithm>

#include "mesh/digest.h"
#include "mesh/v1alpha1/config.pb.h"

namespace amime::mesh {
namespace {

using istio::mesh::v1alpha1::MeshConfig;

void add_default_providers(MeshConfig& config) {
  auto* prometheus = config.add_extension_providers();
  prometheus->set_name("prometheus");
  prometheus->mutable_prometheus();
  auto* stackdriver = config.add_extension_providers();
  stackdriver->set_name("stackdriver");
  stackdriver->mutable_stackdriver();
  auto* envoy = config.add_extension_providers();
  envoy->set_name("envoy");
  envoy->mutable_envoy_file_access_log()->set_path("/dev/stdout");
}

void fill_proxy_defaults(istio::mesh::v1alpha1::ProxyConfig& proxy) {
  proxy.set_config_path("./etc/istio/proxy");
  proxy.set_binary_path("/usr/local/bin/envoy");
  proxy.set_service_cluster("istio-proxy");
  proxy.mutable_drain_duration()->set_seconds(45);
  proxy.mutable_termination_drain_duration()->set_seconds(5);
  proxy.set_proxy_admin_port(15000);
  proxy.set_control_plane_auth_policy(istio::mesh::v1alpha1::MUTUAL_TLS);
  proxy.set_discovery_address("istiod.istio-system.svc:15012");
  proxy.set_stat_name_length(189);
  proxy.set_status_port(15020);
}

}  // namespace

MeshConfig default_mesh_config() {
  MeshConfig config;
  config.set_enable_tracing(true);
  config.mutable_protocol_detection_timeout();
  config.set_ingress_service("istio-ingressgateway");
  config.set_ingress_controller_mode(MeshConfig::STRICT);
  config.set_ingress_class("istio");
  config.set_trust_domain("cluster.local");
  config.mutable_enable_auto_mtls()->set_value(true);
  config.mutable_outbound_traffic_policy()->set_mode(istio::mesh::v1alpha1::MeshConfig_OutboundTrafficPolicy::ALLOW_ANY);
  config.mutable_inbound_traffic_policy()->set_mode(istio::mesh::v1alpha1::MeshConfig_InboundTrafficPolicy::PASSTHROUGH);
  config.mutable_locality_lb_setting()->mutable_enabled()->set_value(true);
  fill_proxy_defaults(*config.mutable_default_config());
  config.set_root_namespace("istio-system");
  config.set_proxy_listen_port(15001);
  config.set_proxy_inbound_listen_port(15006);
  config.mutable_connect_timeout()->set_seconds(10);
  config.add_default_service_export_to("*");
  config.add_default_virtual_service_export_to("*");
  config.add_default_destination_rule_export_to("*");
  config.mutable_dns_refresh_rate()->set_seconds(60);
  config.mutable_enable_prometheus_merge()->set_value(true);
  config.mutable_default_providers();
  add_default_providers(config);
  return config;
}

SettingsPtr make_settings(const ObjectPtr& object) {
  auto out = std::make_shared<Settings>();
  auto config = std::make_shared<const MeshConfig>(object ? object->spec<MeshConfig>() : default_mesh_config());
  out->digest = digest_of(*config);
  out->root_namespace = config->root_namespace();
  out->trust_domain = config->trust_domain();
  out->service_export_to.assign(config->default_service_export_to().begin(), config->default_service_export_to().end());
  out->virtual_service_export_to.assign(config->default_virtual_service_export_to().begin(),
                                        config->default_virtual_service_export_to().end());
  const auto& rules = config->default_destination_rule_export_to();
  out->destination_rules_private = std::find(rules.begin(), rules.end(), ".") != rules.end();
  for (const auto& selector : config->discovery_selectors()) out->discovery_selectors.emplace_back(selector);
  out->config = std::move(config);
  return out;
}

}  // namespace amime::mesh
