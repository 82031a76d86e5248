#include <limits>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/cluster_parts.h"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;
using Thresholds = ::envoy::config::cluster::v3::CircuitBreakers_Thresholds;
using Keepalive = api::ConnectionPoolSettings_TCPSettings_TcpKeepalive;

// Envoy's own defaults (1024 connections and requests, 3 retries) are too small while pods come and go.
constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

std::uint32_t limit(std::int32_t configured) { return configured > 0 ? static_cast<std::uint32_t>(configured) : kUnlimited; }

void set_thresholds(const api::ConnectionPoolSettings& pool, Thresholds& thresholds) {
  thresholds.mutable_max_connections()->set_value(limit(pool.tcp().max_connections()));
  thresholds.mutable_max_pending_requests()->set_value(limit(pool.http().http1_max_pending_requests()));
  thresholds.mutable_max_requests()->set_value(limit(pool.http().http2_max_requests()));
  thresholds.mutable_max_retries()->set_value(limit(pool.http().max_retries()));
  thresholds.set_track_remaining(true);
}

void set_retry_budget(const api::TrafficPolicy_RetryBudget& from, Thresholds& thresholds) {
  auto* budget = thresholds.mutable_retry_budget();
  budget->mutable_budget_percent()->set_value(from.has_percent() ? from.percent().value() : 20.0);
  budget->mutable_min_retry_concurrency()->set_value(from.min_retry_concurrency() > 0 ? from.min_retry_concurrency() : 3);
}

// tcpKeepalive: {} alone turns keepalive on, with the operating system's values.
void set_keepalive(const Keepalive& from, EnvoyCluster& cluster) {
  auto* keepalive = cluster.mutable_upstream_connection_options()->mutable_tcp_keepalive();
  if (from.probes() > 0) keepalive->mutable_keepalive_probes()->set_value(from.probes());
  if (from.has_time()) keepalive->mutable_keepalive_time()->set_value(static_cast<std::uint32_t>(from.time().seconds()));
  if (from.has_interval()) keepalive->mutable_keepalive_interval()->set_value(static_cast<std::uint32_t>(from.interval().seconds()));
}

void set_common_options(const api::ConnectionPoolSettings& pool, HttpOptions& http) {
  const auto& tcp = pool.tcp();
  const auto* idle = pool.http().has_idle_timeout() ? &pool.http().idle_timeout() : tcp.has_idle_timeout() ? &tcp.idle_timeout() : nullptr;
  if (idle) *http.mutable_common_http_protocol_options()->mutable_idle_timeout() = *idle;
  if (tcp.has_max_connection_duration())
    *http.mutable_common_http_protocol_options()->mutable_max_connection_duration() = tcp.max_connection_duration();
  if (pool.http().max_requests_per_connection() > 0)
    http.mutable_common_http_protocol_options()->mutable_max_requests_per_connection()->set_value(
        static_cast<std::uint32_t>(pool.http().max_requests_per_connection()));
}

void set_http2_options(const api::ConnectionPoolSettings_HTTPSettings& pool, HttpOptions& http) {
  if (!speaks_http2(http)) return;
  auto* http2 = http.mutable_explicit_http_config()->mutable_http2_protocol_options();
  if (pool.max_concurrent_streams() > 0)
    http2->mutable_max_concurrent_streams()->set_value(static_cast<std::uint32_t>(pool.max_concurrent_streams()));
  if (!pool.has_http2_keep_alive()) return;
  const auto& from = pool.http2_keep_alive();
  if (from.has_interval()) *http2->mutable_connection_keepalive()->mutable_interval() = from.interval();
  if (from.has_timeout()) *http2->mutable_connection_keepalive()->mutable_timeout() = from.timeout();
}

}  // namespace

void apply_connection_pool(const TrafficSettings& settings, const MeshConfig& mesh_config, EnvoyCluster& cluster, HttpOptions& http) {
  const auto& pool = settings.connection_pool ? *settings.connection_pool : api::ConnectionPoolSettings::default_instance();
  auto* thresholds = cluster.mutable_circuit_breakers()->add_thresholds();
  set_thresholds(pool, *thresholds);
  if (settings.retry_budget) set_retry_budget(*settings.retry_budget, *thresholds);
  if (pool.tcp().has_connect_timeout())
    *cluster.mutable_connect_timeout() = pool.tcp().connect_timeout();
  else if (mesh_config.has_connect_timeout())
    *cluster.mutable_connect_timeout() = mesh_config.connect_timeout();
  if (mesh_config.has_tcp_keepalive()) set_keepalive(mesh_config.tcp_keepalive(), cluster);
  if (pool.tcp().has_tcp_keepalive()) set_keepalive(pool.tcp().tcp_keepalive(), cluster);
  set_common_options(pool, http);
  set_http2_options(pool.http(), http);
  if (pool.http().use_client_protocol()) use_client_protocol(http);
}

}  // namespace amime::translate
