// MeshConfig: Istio's defaults with the user's fields over them. A field that the user names replaces the default whole,
// but defaultConfig, defaultProviders and extensionProviders are merged (as Istio merges them).
#include <fmt/format.h>

#include <algorithm>

#include "mesh/v1alpha1/config.pb.h"
#include "source/object_reader.h"
#include "source/proto_reader.h"
#include "source/validate.h"

namespace amime::source {
namespace {

namespace pb = google::protobuf;
using istio::mesh::v1alpha1::MeshConfig;
using istio::mesh::v1alpha1::ProxyConfig;

void set_proxy_defaults(ProxyConfig& proxy) {
  proxy.set_config_path("./etc/istio/proxy");
  proxy.set_service_cluster("istio-proxy");
  proxy.mutable_drain_duration()->set_seconds(45);
  proxy.mutable_termination_drain_duration()->set_seconds(5);
  proxy.set_proxy_admin_port(15000);
  proxy.set_control_plane_auth_policy(istio::mesh::v1alpha1::MUTUAL_TLS);
  proxy.set_discovery_address("istiod.istio-system.svc:15012");
  proxy.set_binary_path("/usr/local/bin/envoy");
  proxy.set_stat_name_length(189);
  proxy.set_status_port(15020);
}

void set_provider_defaults(MeshConfig& config) {
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

void set_defaults(MeshConfig& config) {
  config.set_enable_tracing(true);
  config.mutable_protocol_detection_timeout();
  config.set_ingress_service("istio-ingressgateway");
  config.set_ingress_controller_mode(MeshConfig::STRICT);
  config.set_ingress_class("istio");
  config.set_trust_domain("cluster.local");
  config.mutable_enable_auto_mtls()->set_value(true);
  config.mutable_outbound_traffic_policy()->set_mode(MeshConfig::OutboundTrafficPolicy::ALLOW_ANY);
  config.mutable_inbound_traffic_policy()->set_mode(MeshConfig::InboundTrafficPolicy::PASSTHROUGH);
  config.mutable_locality_lb_setting()->mutable_enabled()->set_value(true);
  set_proxy_defaults(*config.mutable_default_config());
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
  set_provider_defaults(config);
}

// Of two lists, the user's entries replace those of the same name and come after the others.
void merge_providers(const MeshConfig& defaults, MeshConfig& config) {
  auto mine = config.extension_providers();
  *config.mutable_extension_providers() = defaults.extension_providers();
  for (const auto& provider : mine) {
    auto& all = *config.mutable_extension_providers();
    auto same = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.name() == provider.name(); });
    *(same == all.end() ? all.Add() : &*same) = provider;
  }
}

void merge_proxy_config(const base::Tree& tree, const MeshConfig& defaults, MeshConfig& config) {
  if (!tree.is_map()) return;
  ProxyConfig merged = defaults.default_config();
  Errors seen(tree);  // already reported
  Path at;
  read_message(tree, at, merged, seen, {true});
  *config.mutable_default_config() = std::move(merged);
}

std::shared_ptr<MeshConfig> read_config(const base::Tree& tree, Errors& errors) {
  MeshConfig defaults;
  set_defaults(defaults);
  auto config = std::make_shared<MeshConfig>(defaults);
  Path at;
  if (!tree.is_null()) read_message(tree, at, *config, errors, {true});
  merge_proxy_config(tree["defaultConfig"], defaults, *config);
  if (tree.find("extensionProviders")) merge_providers(defaults, *config);
  return config;
}

}  // namespace

void read_mesh_config(const base::Tree& tree, int line, const std::string& file, ParsedFile& out) {
  Errors errors(tree);
  auto object = std::make_shared<mesh::Object>();
  object->key = mesh_config_key();
  object->origin = {file, tree.line() + line};
  object->payload = mesh::ProtoSpec(read_config(tree, errors));
  if (errors.ok()) validate(*object, errors);
  ParsedObject parsed{object->key, nullptr, object->origin.line, std::make_shared<const std::string>(base::to_json(tree))};
  if (errors.ok()) {
    object->digest = mesh::object_digest(*object);
    parsed.object = std::move(object);
  }
  auto problems = errors.take();
  for (auto& problem : problems) problem.line += line;
  append_problems(std::move(problems), file, &parsed.key, out);
  out.objects.push_back(std::move(parsed));
}

void read_mesh_config_text(const std::string& text, int line, const std::string& file, const ParseOptions& options, ParsedFile& out) {
  const auto documents = base::parse_yaml(text, 1, options.limits);
  const mesh::ObjectKey key = mesh_config_key();
  if (documents.empty()) return read_mesh_config(base::Tree(), line, file, out);
  for (const auto& error : documents[0].errors)
    append_problems({{Severity::kError, {}, error.line + line, {}, "data.mesh", error.message}}, file, &key, out);
  if (documents[0].errors.empty()) return read_mesh_config(documents[0].tree, line, file, out);
  out.objects.push_back({key, nullptr, line, {}});
}

}  // namespace amime::source
