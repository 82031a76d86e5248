#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/cluster_parts.h"
#include "translate/pack.h"
#include "translate/route_config.h"

namespace amime::translate {
namespace {

using Pool = ::istio::networking::v1alpha3::ConnectionPoolSettings_HTTPSettings;

constexpr const char* kHttpOptionsKey = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

void preserve_header_case(::envoy::config::core::v3::Http1ProtocolOptions& http1) {
  auto* formatter = http1.mutable_header_key_format()->mutable_stateful_formatter();
  formatter->set_name("preserve_case");
  formatter->mutable_typed_config()->set_type_url(
      "type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig");
}

}  // namespace

bool speaks_http2(const HttpOptions& http) { return http.explicit_http_config().has_http2_protocol_options(); }

void use_http2(HttpOptions& http) {
  if (http.upstream_protocol_options_case() != HttpOptions::UPSTREAM_PROTOCOL_OPTIONS_NOT_SET) return;
  http.mutable_explicit_http_config()->mutable_http2_protocol_options();
}

void use_client_protocol(HttpOptions& http) {
  const auto http1 = http.explicit_http_config().http_protocol_options();
  *http.mutable_use_downstream_protocol_config()->mutable_http_protocol_options() = http1;
  http.mutable_use_downstream_protocol_config()->mutable_http2_protocol_options();
}

void set_upstream_protocol(mesh::Protocol protocol, bool sidecar, const ProxyConfig& config, HttpOptions& http) {
  if (mesh::is_http2(protocol)) return use_http2(http);
  const bool sniffed = protocol == mesh::Protocol::kUnset;
  if ((sniffed || mesh::is_http(protocol)) && proxy_headers(config).preserve_case)
    preserve_header_case(*http.mutable_explicit_http_config()->mutable_http_protocol_options());
  // Routers do not sniff, and would offer HTTP/2 to upstreams that cannot speak it.
  if (sniffed && sidecar) use_client_protocol(http);
}

void upgrade_to_http2(const TrafficSettings& settings, mesh::Protocol protocol, const MeshConfig& mesh_config, HttpOptions& http) {
  if (settings.connection_pool && settings.connection_pool->has_http()) {
    const Pool& pool = settings.connection_pool->http();
    if (pool.use_client_protocol()) return;
    if (pool.h2_upgrade_policy() == Pool::UPGRADE) return use_http2(http);
    if (pool.h2_upgrade_policy() == Pool::DO_NOT_UPGRADE) return;
  }
  if (mesh::is_http(protocol) && mesh_config.h2_upgrade_policy() == MeshConfig::UPGRADE) use_http2(http);
}

void finish_http_options(HttpOptions& http, EnvoyCluster& cluster) {
  if (http.ByteSizeLong() == 0) return;
  // Envoy requires a protocol wherever it is given options at all.
  if (http.upstream_protocol_options_case() == HttpOptions::UPSTREAM_PROTOCOL_OPTIONS_NOT_SET)
    http.mutable_explicit_http_config()->mutable_http_protocol_options();
  pack(http, &(*cluster.mutable_typed_extension_protocol_options())[kHttpOptionsKey]);
}

}  // namespace amime::translate
