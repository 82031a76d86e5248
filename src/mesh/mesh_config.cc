#include "mesh/mesh_config.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "mesh/digest.h"
#include "mesh/v1alpha1/config.pb.h"

namespace amime::mesh {
namespace {

using google::protobuf::FieldDescriptor;
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

MeshConfig defaults() {
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

void merge_providers(const MeshConfig& user, MeshConfig& config) {
  for (const auto& provider : user.extension_providers()) {
    auto* all = config.mutable_extension_providers();
    auto same = std::find_if(all->begin(), all->end(), [&](const auto& p) { return p.name() == provider.name(); });
    if (same == all->end()) {
      *all->Add() = provider;
    } else {
      *same = provider;
    }
  }
}

void replace_set_fields(const google::protobuf::Message& user, google::protobuf::Message& config) {
  const auto* reflection = user.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(user, &fields);
  google::protobuf::Message* copy = user.New();
  copy->CopyFrom(user);
  for (const auto* field : fields) reflection->ClearField(&config, field);
  config.MergeFrom(*copy);
  delete copy;
}

// ProxyConfig: each field that is set replaces the default, maps and headers are merged.
void merge_proxy_config(const istio::mesh::v1alpha1::ProxyConfig& user, istio::mesh::v1alpha1::ProxyConfig& config) {
  istio::mesh::v1alpha1::ProxyConfig rest = user;
  for (const auto& [key, value] : user.proxy_metadata()) (*config.mutable_proxy_metadata())[key] = value;
  rest.clear_proxy_metadata();
  if (user.has_proxy_headers()) config.mutable_proxy_headers()->MergeFrom(user.proxy_headers());
  rest.clear_proxy_headers();
  replace_set_fields(rest, config);
}

MeshConfig merged(const MeshConfig& user) {
  MeshConfig config = defaults();
  MeshConfig rest = user;
  merge_proxy_config(user.default_config(), *config.mutable_default_config());
  rest.clear_default_config();
  replace_set_fields(user.default_providers(), *config.mutable_default_providers());
  rest.clear_default_providers();
  merge_providers(user, config);
  rest.clear_extension_providers();
  replace_set_fields(rest, config);
  auto* aliases = config.mutable_trust_domain_aliases();
  std::sort(aliases->begin(), aliases->end());
  aliases->erase(std::unique(aliases->begin(), aliases->end()), aliases->end());
  return config;
}

}  // namespace

SettingsPtr make_settings(const ObjectPtr& object) {
  auto out = std::make_shared<Settings>();
  auto config = std::make_shared<const MeshConfig>(object ? merged(object->spec<MeshConfig>()) : defaults());
  out->digest = digest_of(*config);
  out->root_namespace = config->root_namespace();
  out->trust_domain = config->trust_domain();
  out->service_export_to.assign(config->default_service_export_to().begin(), config->default_service_export_to().end());
  out->virtual_service_export_to.assign(config->default_virtual_service_export_to().begin(),
                                        config->default_virtual_service_export_to().end());
  const auto& rules = config->default_destination_rule_export_to();
  out->destination_rules_private = std::find(rules.begin(), rules.end(), ".") != rules.end();
  out->config = std::move(config);
  return out;
}

}  // namespace amime::mesh
