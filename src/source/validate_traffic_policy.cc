// The parts of a DestinationRule's traffic policy: connection pool, outlier detection, client TLS.
#include <fmt/format.h>

#include "networking/v1alpha3/destination_rule.pb.h"
#include "source/checks.h"

// Fields that Istio deprecates are still fields that users write.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::source {
namespace {

using networking::ClientTLSSettings;
using networking::ConnectionPoolSettings;

void check_http_pool(const ConnectionPoolSettings::HTTPSettings& http, const Path& at, Errors& errors) {
  check_not_negative(http.http1_max_pending_requests(), at / "http1MaxPendingRequests", errors);
  check_not_negative(http.http2_max_requests(), at / "http2MaxRequests", errors);
  check_not_negative(http.max_requests_per_connection(), at / "maxRequestsPerConnection", errors);
  check_not_negative(http.max_retries(), at / "maxRetries", errors);
  check_not_negative(http.max_concurrent_streams(), at / "maxConcurrentStreams", errors);
  if (http.has_idle_timeout()) check_duration(http.idle_timeout(), at / "idleTimeout", errors);
  if (http.h2_upgrade_policy() == ConnectionPoolSettings::HTTPSettings::UPGRADE && http.use_client_protocol())
    errors.warn(at / "useClientProtocol", "stands before h2UpgradePolicy UPGRADE, which has no effect");
  if (!http.has_http2_keep_alive()) return;
  const auto& keep_alive = http.http2_keep_alive();
  const Path here = at / "http2KeepAlive";
  if (keep_alive.has_interval())
    check_duration(keep_alive.interval(), here / "interval", errors);
  else
    errors.add(here / "interval", "is required");
  if (keep_alive.has_timeout())
    check_duration(keep_alive.timeout(), here / "timeout", errors);
  else
    errors.add(here / "timeout", "is required");
}

void check_tcp_pool(const ConnectionPoolSettings::TCPSettings& tcp, const Path& at, Errors& errors) {
  check_not_negative(tcp.max_connections(), at / "maxConnections", errors);
  if (tcp.has_connect_timeout()) check_duration(tcp.connect_timeout(), at / "connectTimeout", errors);
  if (tcp.has_max_connection_duration()) check_duration(tcp.max_connection_duration(), at / "maxConnectionDuration", errors);
  // 0s disables the timeout.
  if (tcp.has_idle_timeout() && nanoseconds_of(tcp.idle_timeout()) >= 1'000'000)
    check_duration(tcp.idle_timeout(), at / "idleTimeout", errors);
  if (tcp.tcp_keepalive().has_time()) check_duration(tcp.tcp_keepalive().time(), at / "tcpKeepalive" / "time", errors);
  if (tcp.tcp_keepalive().has_interval()) check_duration(tcp.tcp_keepalive().interval(), at / "tcpKeepalive" / "interval", errors);
}

void check_skip_verify(const ClientTLSSettings& tls, const Path& at, Errors& errors) {
  if (!tls.insecure_skip_verify().value()) return;
  const bool simple = tls.mode() == ClientTLSSettings::SIMPLE, mutual = tls.mode() == ClientTLSSettings::MUTUAL;
  const bool verified = !tls.ca_certificates().empty() || !tls.subject_alt_names().empty() || (simple && !tls.credential_name().empty());
  if ((simple || mutual) && verified)
    errors.add(at / "insecureSkipVerify", "cannot stand together with what would verify (caCertificates, subjectAltNames, credentialName)");
}

}  // namespace

void check_connection_pool(const ConnectionPoolSettings& pool, const Path& at, Errors& errors) {
  if (!pool.has_http() && !pool.has_tcp()) errors.add(at, "one of http, tcp is required");
  if (pool.has_http()) check_http_pool(pool.http(), at / "http", errors);
  if (pool.has_tcp()) check_tcp_pool(pool.tcp(), at / "tcp", errors);
}

void check_outlier_detection(const networking::OutlierDetection& outlier, const Path& at, Errors& errors) {
  if (outlier.has_base_ejection_time()) check_duration(outlier.base_ejection_time(), at / "baseEjectionTime", errors);
  if (outlier.has_interval()) check_duration(outlier.interval(), at / "interval", errors);
  check_percent(outlier.max_ejection_percent(), at / "maxEjectionPercent", errors);
  check_percent(outlier.min_health_percent(), at / "minHealthPercent", errors);
  if (outlier.consecutive_errors() != 0)
    errors.warn(at / "consecutiveErrors", "is deprecated; use consecutiveGatewayErrors or consecutive5xxErrors");
  if (!outlier.split_external_local_origin_errors() && outlier.consecutive_local_origin_failures().value() > 0)
    errors.add(at / "consecutiveLocalOriginFailures", "needs splitExternalLocalOriginErrors: true");
}

void check_client_tls(const ClientTLSSettings& tls, const std::string& ns, const Path& at, Errors& errors) {
  constexpr std::string_view kConfigMap = "configmap://";
  const std::string& credential = tls.credential_name();
  if (credential.starts_with(kConfigMap)) {
    const std::string name = credential.substr(kConfigMap.size());
    const auto slash = name.find('/');
    if (slash != std::string::npos && name.substr(0, slash) != ns)
      errors.add(at / "credentialName", fmt::format("a ConfigMap must be of the own namespace, {}", ns));
  }
  check_skip_verify(tls, at, errors);
  const bool by_files =
      !tls.client_certificate().empty() || !tls.private_key().empty() || !tls.ca_certificates().empty() || !tls.ca_crl().empty();
  const bool simple = tls.mode() == ClientTLSSettings::SIMPLE, mutual = tls.mode() == ClientTLSSettings::MUTUAL;
  if ((simple || mutual) && !credential.empty()) {
    if (by_files) errors.add(at / "credentialName", "cannot stand together with certificate files");
    return;
  }
  if (!mutual) return;
  if (tls.client_certificate().empty()) errors.add(at / "clientCertificate", "is required for mode MUTUAL");
  if (tls.private_key().empty()) errors.add(at / "privateKey", "is required for mode MUTUAL");
}

}  // namespace amime::source
