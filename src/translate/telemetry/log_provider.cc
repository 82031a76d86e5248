#include "translate/telemetry/log_provider.h"

#include <algorithm>

#include "envoy/config/accesslog/v3/accesslog.pb.h"
#include "envoy/extensions/access_loggers/file/v3/file.pb.h"
#include "envoy/extensions/access_loggers/grpc/v3/als.pb.h"
#include "envoy/extensions/access_loggers/open_telemetry/v3/logs_service.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/pack.h"
#include "translate/telemetry/collector.h"
#include "translate/telemetry/log_format.h"

namespace amime::translate {
namespace {

using envoy::extensions::access_loggers::file::v3::FileAccessLog;
using envoy::extensions::access_loggers::grpc::v3::CommonGrpcAccessLogConfig;
using envoy::extensions::access_loggers::grpc::v3::HttpGrpcAccessLogConfig;
using envoy::extensions::access_loggers::grpc::v3::TcpGrpcAccessLogConfig;
using envoy::extensions::access_loggers::open_telemetry::v3::OpenTelemetryAccessLogConfig;
using istio::mesh::v1alpha1::MeshConfig;

constexpr std::string_view kBuiltin = "envoy";  // the provider whose format is MeshConfig's unless it has its own
constexpr std::string_view kStdout = "/dev/stdout";
// The cluster of ProxyConfig.envoyAccessLogService; the bootstrap has it.
constexpr std::string_view kBootstrapCluster = "envoy_accesslog_service";
// Filter state in which proxies keep what they learn of their peers; Istio's own proxies fill it.
constexpr std::string_view kPeerState[] = {"upstream_peer", "downstream_peer"};
constexpr std::string_view kOlderPeerState[] = {"wasm.upstream_peer", "wasm.upstream_peer_id", "wasm.downstream_peer",
                                                "wasm.downstream_peer_id"};

void set(std::string_view name, const google::protobuf::Message& config, AccessLog* log) {
  log->set_name(std::string(name));
  pack(config, log->mutable_typed_config());
}

void fill_file(const Provider& provider, const MeshConfig& mesh_config, AccessLog* log) {
  const auto& given = provider.envoy_file_access_log();
  FileAccessLog file;
  file.set_path(given.path().empty() ? std::string(kStdout) : given.path());
  auto* format = file.mutable_log_format();
  if (provider.name() == kBuiltin && !given.has_log_format() && !given.omit_empty_values()) {
    set_mesh_format(mesh_config, format);
  } else {
    if (given.log_format().has_labels())
      set_json_format(given.log_format().labels(), format);
    else
      set_text_format(given.log_format().text(), format);
    format->set_omit_empty_values(given.omit_empty_values());
  }
  set("envoy.access_loggers.file", file, log);
}

void add_state(bool older, CommonGrpcAccessLogConfig* common) {
  for (const auto key : kPeerState) common->add_filter_state_objects_to_log(std::string(key));
  if (!older) return;
  for (const auto key : kOlderPeerState) common->add_filter_state_objects_to_log(std::string(key));
}

void fill_common(const std::string& name, std::string_view default_name, const Collector& to, CommonGrpcAccessLogConfig* common) {
  common->set_log_name(name.empty() ? std::string(default_name) : name);
  common->set_transport_api_version(envoy::config::core::v3::V3);
  set_collector(to, common->mutable_grpc_service());
}

// Either kind of ALS provider may name the filter state that is sent.
template <class Als>
void fill_als(const Als& als, std::string_view default_name, const Collector& to, CommonGrpcAccessLogConfig* common) {
  fill_common(als.log_name(), default_name, to, common);
  *common->mutable_filter_state_objects_to_log() = als.filter_state_objects_to_log();
  if (als.filter_state_objects_to_log().empty()) add_state(false, common);
}

void fill_http_als(const Provider& provider, const Collector& to, AccessLog* log) {
  const auto& als = provider.envoy_http_als();
  HttpGrpcAccessLogConfig config;
  fill_als(als, "http_envoy_accesslog", to, config.mutable_common_config());
  *config.mutable_additional_request_headers_to_log() = als.additional_request_headers_to_log();
  *config.mutable_additional_response_headers_to_log() = als.additional_response_headers_to_log();
  *config.mutable_additional_response_trailers_to_log() = als.additional_response_trailers_to_log();
  set("envoy.access_loggers.http_grpc", config, log);
}

void fill_tcp_als(const Provider& provider, const Collector& to, AccessLog* log) {
  TcpGrpcAccessLogConfig config;
  fill_als(provider.envoy_tcp_als(), "tcp_envoy_accesslog", to, config.mutable_common_config());
  set("envoy.access_loggers.tcp_grpc", config, log);
}

void fill_otel(const Provider& provider, const Collector& to, AccessLog* log) {
  const auto& otel = provider.envoy_otel_als();
  const std::string text = otel.log_format().text().empty() ? default_log_text() : otel.log_format().text();
  OpenTelemetryAccessLogConfig config;
  fill_common(otel.log_name(), "otel_envoy_accesslog", to, config.mutable_common_config());
  add_state(true, config.mutable_common_config());
  config.set_disable_builtin_labels(true);
  config.mutable_body()->set_string_value(text);
  std::vector<std::string> names;
  for (const auto& [name, value] : otel.log_format().labels().fields()) names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    auto* attribute = config.mutable_attributes()->add_values();
    attribute->set_key(name);
    attribute->mutable_value()->set_string_value(otel.log_format().labels().fields().at(name).string_value());
  }
  add_formatters(text, otel.log_format().labels(), config.mutable_formatters());
  set("envoy.access_loggers.open_telemetry", config, log);
}

// By ProxyConfig.envoyAccessLogService.
AccessLog bootstrap_log(LogPlace place) {
  AccessLog log;
  HttpGrpcAccessLogConfig http;
  TcpGrpcAccessLogConfig tcp;
  auto* common = place == LogPlace::kHttp ? http.mutable_common_config() : tcp.mutable_common_config();
  common->set_log_name(place == LogPlace::kHttp  ? "http_envoy_accesslog"
                       : place == LogPlace::kTcp ? "tcp_envoy_accesslog"
                                                 : "listener_envoy_accesslog");
  common->set_transport_api_version(envoy::config::core::v3::V3);
  common->mutable_grpc_service()->mutable_envoy_grpc()->set_cluster_name(std::string(kBootstrapCluster));
  add_state(true, common);
  if (place == LogPlace::kHttp)
    set("envoy.access_loggers.http_grpc", http, &log);
  else
    set("envoy.access_loggers.tcp_grpc", tcp, &log);
  return log;
}

struct Service {
  std::string name;
  std::uint32_t port = 0;
};
std::optional<Service> service_of(const Provider& provider) {
  switch (provider.provider_case()) {
    case Provider::kEnvoyHttpAls: return Service{provider.envoy_http_als().service(), provider.envoy_http_als().port()};
    case Provider::kEnvoyTcpAls: return Service{provider.envoy_tcp_als().service(), provider.envoy_tcp_als().port()};
    case Provider::kEnvoyOtelAls: return Service{provider.envoy_otel_als().service(), provider.envoy_otel_als().port()};
    default: return std::nullopt;
  }
}

}  // namespace

bool provides_logs(const Provider& provider) { return provider.has_envoy_file_access_log() || service_of(provider); }

std::optional<std::string> log_cluster(View& view, const Provider& provider) {
  const auto service = service_of(provider);
  if (!service) return "";
  const auto to = collector(view, service->name, service->port);
  return to ? std::optional(to->cluster) : std::nullopt;
}

bool fill_log(View& view, const Provider& provider, AccessLog* log) {
  if (provider.has_envoy_file_access_log()) {
    fill_file(provider, view.mesh_config(), log);
    return true;
  }
  const auto service = service_of(provider);
  if (!service) return false;
  const auto to = collector(view, service->name, service->port);
  if (!to) return false;
  if (provider.has_envoy_http_als()) fill_http_als(provider, *to, log);
  if (provider.has_envoy_tcp_als()) fill_tcp_als(provider, *to, log);
  if (provider.has_envoy_otel_als()) fill_otel(provider, *to, log);
  return true;
}

std::vector<AccessLog> mesh_logs(const MeshConfig& mesh_config, LogPlace place) {
  std::vector<AccessLog> out;
  if (!mesh_config.access_log_file().empty()) {
    FileAccessLog file;
    file.set_path(mesh_config.access_log_file());
    set_mesh_format(mesh_config, file.mutable_log_format());
    set("envoy.access_loggers.file", file, &out.emplace_back());
  }
  if (mesh_config.enable_envoy_access_log_service()) out.push_back(bootstrap_log(place));
  return out;
}

}  // namespace amime::translate
