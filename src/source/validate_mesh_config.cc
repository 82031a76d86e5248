// MeshConfig: ports, timeouts, trust domains, default policies. Checked with Istio's defaults filled in.
#include <fmt/format.h>

#include "mesh/label_selector.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "source/checks.h"
#include "source/validators.h"

namespace amime::source {
namespace {

using istio::mesh::v1alpha1::MeshConfig;
using istio::mesh::v1alpha1::ProxyConfig;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kLongestConnect = 30 * kSecond;

void check_connect_timeout(const google::protobuf::Duration& timeout, const Path& at, Errors& errors) {
  check_duration(timeout, at, errors);
  if (nanoseconds_of(timeout) > kLongestConnect) errors.add(at, "must be at most 30s");
}

void check_trust_domain(const std::string& domain, const Path& at, Errors& errors) {
  if (domain.empty()) return errors.add(at, "must not be empty");
  const std::string_view name = std::string_view(domain).substr(0, domain.ends_with('.') ? domain.size() - 1 : domain.size());
  for (std::string_view rest = name;;) {
    const auto dot = rest.find('.');
    const std::string wrong = rest.substr(0, dot).empty() ? "empty" : wrong_with_fqdn("x" + std::string(rest.substr(0, dot)) + "x.x");
    if (!wrong.empty()) return errors.add(at, fmt::format("\"{}\" is not a trust domain", domain));
    if (dot == std::string_view::npos) return;
    rest = rest.substr(dot + 1);
  }
}

// Envoy refuses a listener with others.
void check_window(std::int64_t size, const Path& at, Errors& errors) {
  constexpr std::int64_t kLeast = 65535;
  if (size > 0 && size < kLeast) errors.add(at, fmt::format("must be at least {}", kLeast));
}

void check_connection_settings(const istio::mesh::v1alpha1::ProxyConfig_ConnectionSettings& settings, const Path& at, Errors& errors) {
  check_window(settings.http2_initial_stream_window_size().value(), at / "http2InitialStreamWindowSize", errors);
  check_window(settings.http2_initial_connection_window_size().value(), at / "http2InitialConnectionWindowSize", errors);
}

void check_proxy_config(const ProxyConfig& proxy, const Path& at, Errors& errors) {
  if (proxy.config_path().empty()) errors.add(at / "configPath", "must not be empty");
  if (proxy.binary_path().empty()) errors.add(at / "binaryPath", "must not be empty");
  if (proxy.discovery_address().empty()) errors.add(at / "discoveryAddress", "must not be empty");
  if (proxy.has_drain_duration()) {
    check_duration(proxy.drain_duration(), at / "drainDuration", errors);
    if (nanoseconds_of(proxy.drain_duration()) % kSecond != 0) errors.add(at / "drainDuration", "must be a whole number of seconds");
  }
  check_port(proxy.proxy_admin_port(), at / "proxyAdminPort", errors);
  check_port(proxy.status_port(), at / "statusPort", errors);
  check_connection_settings(proxy.connection_settings(), at / "connectionSettings", errors);
  if (const double sampling = proxy.tracing().sampling(); !(sampling >= 0 && sampling <= 100))
    errors.warn(at / "tracing" / "sampling", "is no percentage: the default of 1 counts");
}

void check_label_selector(const istio::mesh::v1alpha1::LabelSelector& selector, const Path& at, Errors& errors) {
  for (int i = 0; i < selector.matchexpressions_size(); ++i) {
    const auto& one = selector.matchexpressions(i);
    const Path here = at / "matchExpressions" / i;
    if (one.key().empty()) errors.add(here / "key", "is required");
    if (!mesh::known_operator(one.operator_()))
      errors.add(here / "operator", fmt::format("\"{}\" is not one of In, NotIn, Exists, DoesNotExist", one.operator_()));
    else if (mesh::operator_has_values(one.operator_()) == one.values().empty())
      errors.add(here / "values", one.values().empty() ? "at least one is required for In and NotIn" : "is for In and NotIn only");
  }
}

// 0: Istio's own number, or none.
void check_listen_ports(const MeshConfig& config, const Path& top, Errors& errors) {
  check_port(config.proxy_listen_port(), top / "proxyListenPort", errors);
  if (const auto port = config.proxy_inbound_listen_port(); port != 0) {
    check_port(port, top / "proxyInboundListenPort", errors);
    if (port == config.proxy_listen_port()) errors.add(top / "proxyInboundListenPort", "is proxyListenPort already");
  }
  if (const auto port = config.proxy_http_port(); port != 0) {
    check_port(port, top / "proxyHttpPort", errors);
    if (port == config.proxy_listen_port() || port == config.proxy_inbound_listen_port())
      errors.add(top / "proxyHttpPort", "is a port of the proxy's already");
  }
}

}  // namespace

void validate_mesh_config(const MeshConfig& config, Errors& errors) {
  const Path top;
  check_listen_ports(config, top, errors);
  if (config.has_connect_timeout()) check_connect_timeout(config.connect_timeout(), top / "connectTimeout", errors);
  if (config.has_protocol_detection_timeout())
    if (const auto time = nanoseconds_of(config.protocol_detection_timeout()); time < 0 || time % 1'000'000 != 0)
      errors.add(top / "protocolDetectionTimeout", "must be a whole number of milliseconds, and not negative");
  if (config.has_dns_refresh_rate() && nanoseconds_of(config.dns_refresh_rate()) <= 1'000'000)
    errors.add(top / "dnsRefreshRate", "must be more than 1ms");
  check_proxy_config(config.default_config(), top / "defaultConfig", errors);
  const auto& policy = config.default_traffic_policy();
  if (policy.has_connection_pool())
    check_connection_pool(policy.connection_pool(), top / "defaultTrafficPolicy" / "connectionPool", errors);
  if (policy.has_outlier_detection())
    check_outlier_detection(policy.outlier_detection(), top / "defaultTrafficPolicy" / "outlierDetection", errors);
  if (config.has_locality_lb_setting()) check_locality_setting(config.locality_lb_setting(), true, top / "localityLbSetting", errors);
  for (int i = 0; i < config.discovery_selectors_size(); ++i)
    check_label_selector(config.discovery_selectors(i), top / "discoverySelectors" / i, errors);
  check_trust_domain(config.trust_domain(), top / "trustDomain", errors);
  for (int i = 0; i < config.trust_domain_aliases_size(); ++i)
    check_trust_domain(config.trust_domain_aliases(i), top / "trustDomainAliases" / i, errors);
  for (int i = 0; i < config.service_settings_size(); ++i)
    for (int j = 0; j < config.service_settings(i).hosts_size(); ++j)
      check_wrong(wrong_with_wildcard_host(config.service_settings(i).hosts(j)), top / "serviceSettings" / i / "hosts" / j, errors);
}

}  // namespace amime::source
