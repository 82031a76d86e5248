// networking.istio.io Sidecar.
#include <fmt/format.h>

#include <charconv>
#include <set>

#include "mesh/model.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "source/checks.h"
#include "source/validators.h"

// Fields that Istio deprecates are still fields that users write.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::source {
namespace {

using networking::IstioEgressListener;
using networking::IstioIngressListener;
using networking::SidecarPort;
using TLS = networking::ServerTLSSettings;

void check_listener_port(const SidecarPort& port, const Path& at, Errors& errors) {
  if (!port.name().empty()) check_label(port.name(), "port name", at / "name", errors);
  check_protocol(port.protocol(), at / "protocol", errors);
  if (port.target_port() > 0) errors.add(at / "targetPort", "has no meaning in a Sidecar");
}

void check_bind_address(const std::string& bind, const Path& at, Errors& errors) {
  if (!bind.empty() && !is_ip(bind)) errors.add(at, fmt::format("\"{}\" is not an IP address", bind));
}

// ADDRESS:PORT of the workload itself, or unix://PATH.
void check_default_endpoint(const std::string& endpoint, const Path& at, Errors& errors) {
  if (endpoint.empty()) return;
  if (endpoint.starts_with(kUnixPrefix))
    return check_wrong(wrong_with_unix_path(std::string_view(endpoint).substr(kUnixPrefix.size())), at, errors);
  static const std::set<std::string> kHosts = {"", "127.0.0.1", "0.0.0.0", "[::1]", "[::]"};
  const auto colon = endpoint.rfind(':');
  const std::string host = endpoint.substr(0, colon), port = colon == std::string::npos ? "" : endpoint.substr(colon + 1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool numeric = error == std::errc() && end == port.data() + port.size() && is_port(number);
  if (!kHosts.contains(host) || !numeric)
    errors.add(at, fmt::format("\"{}\" is not 127.0.0.1:PORT, 0.0.0.0:PORT, [::1]:PORT, [::]:PORT, :PORT or unix://PATH", endpoint));
}

void check_ingress_tls(const IstioIngressListener& ingress, const Path& at, Errors& errors) {
  const auto& tls = ingress.tls();
  auto none = [&](bool given, const char* field) {
    if (given) errors.add(at / field, "is not supported in the ingress of a Sidecar");
  };
  none(!tls.subject_alt_names().empty(), "subjectAltNames");
  none(tls.https_redirect(), "httpsRedirect");
  none(!tls.credential_name().empty(), "credentialName");
  none(!tls.credential_names().empty(), "credentialNames");
  none(!tls.tls_certificates().empty(), "tlsCertificates");
  none(tls.mode() == TLS::ISTIO_MUTUAL || tls.mode() == TLS::AUTO_PASSTHROUGH, "mode");
  if (!mesh::is_tls(mesh::parse_protocol(ingress.port().protocol()))) errors.add(at, "needs a port of protocol HTTPS or TLS");
  check_server_tls(tls, at, errors);
}

void check_ingress(const networking::Sidecar& sidecar, const Path& at, Errors& errors) {
  std::set<std::uint32_t> ports;
  for (int i = 0; i < sidecar.ingress_size(); ++i) {
    const auto& ingress = sidecar.ingress(i);
    const Path here = at / i;
    if (!ingress.has_port()) {
      errors.add(here / "port", "is required");
      continue;
    }
    check_listener_port(ingress.port(), here / "port", errors);
    check_port(ingress.port().number(), here / "port" / "number", errors);
    if (!ports.insert(ingress.port().number()).second)
      errors.add(here / "port" / "number", fmt::format("{} stands twice", ingress.port().number()));
    check_bind_address(ingress.bind(), here / "bind", errors);
    check_default_endpoint(ingress.default_endpoint(), here / "defaultEndpoint", errors);
    if (ingress.has_tls()) check_ingress_tls(ingress, here / "tls", errors);
    if (ingress.has_connection_pool()) check_connection_pool(ingress.connection_pool(), here / "connectionPool", errors);
  }
}

void check_unix_listener(const IstioEgressListener& egress, const Path& at, Errors& errors) {
  if (egress.bind().starts_with(kUnixPrefix))
    check_wrong(wrong_with_unix_path(std::string_view(egress.bind()).substr(kUnixPrefix.size())), at / "bind", errors);
  else
    errors.add(at / "bind", "port 0 needs unix://PATH");
  if (egress.capture_mode() == networking::IPTABLES) errors.add(at / "captureMode", "must be DEFAULT or NONE for a Unix socket");
}

void check_egress_hosts(const IstioEgressListener& egress, const Path& at, Errors& errors) {
  if (egress.hosts().empty()) errors.add(at, "at least one is required");
  std::set<std::string> seen;
  for (int i = 0; i < egress.hosts_size(); ++i) {
    check_scoped_host(egress.hosts(i), false, at / i, errors);
    if (!seen.insert(egress.hosts(i)).second) errors.warn(at / i, fmt::format("\"{}\" stands twice", egress.hosts(i)));
  }
  if (seen.contains("*/*") && seen.size() > 1) errors.warn(at, "\"*/*\" includes the others");
}

void check_egress(const networking::Sidecar& sidecar, const Path& at, Errors& errors) {
  std::set<std::uint32_t> ports;
  std::set<std::string> sockets;
  for (int i = 0; i < sidecar.egress_size(); ++i) {
    const auto& egress = sidecar.egress(i);
    const Path here = at / i;
    check_egress_hosts(egress, here / "hosts", errors);
    if (!egress.has_port()) {
      if (i + 1 != sidecar.egress_size()) errors.warn(here, "the listener without port, which takes the rest, should be the last");
      continue;
    }
    check_listener_port(egress.port(), here / "port", errors);
    const std::uint32_t number = egress.port().number();
    if (number == 0) {
      check_unix_listener(egress, here, errors);
      if (!sockets.insert(egress.bind()).second) errors.add(here / "bind", fmt::format("\"{}\" stands twice", egress.bind()));
      continue;
    }
    check_port(number, here / "port" / "number", errors);
    check_bind_address(egress.bind(), here / "bind", errors);
    if (!ports.insert(number).second) errors.add(here / "port" / "number", fmt::format("{} stands twice", number));
  }
}

void check_outbound_policy(const networking::OutboundTrafficPolicy& policy, const Path& at, Errors& errors) {
  if (!policy.has_egress_proxy()) return;
  const Path proxy = at / "egressProxy";
  if (policy.mode() != networking::OutboundTrafficPolicy::ALLOW_ANY) errors.add(proxy, "needs mode ALLOW_ANY");
  check_wrong(wrong_with_fqdn(policy.egress_proxy().host()), proxy / "host", errors);
  if (!policy.egress_proxy().has_port()) errors.add(proxy / "port", "is required");
  check_destination(policy.egress_proxy(), proxy, errors);
}

}  // namespace

void validate_sidecar(const networking::Sidecar& sidecar, Errors& errors) {
  const Path spec = Path() / "spec";
  if (sidecar.has_workload_selector()) check_selector(map_of(sidecar.workload_selector().labels()), spec / "workloadSelector", errors);
  if (sidecar.egress().empty() && sidecar.ingress().empty() && !sidecar.has_outbound_traffic_policy() &&
      !sidecar.has_inbound_connection_pool())
    errors.add(spec, "must say something: one of egress, ingress, outboundTrafficPolicy, inboundConnectionPool");
  check_ingress(sidecar, spec / "ingress", errors);
  check_egress(sidecar, spec / "egress", errors);
  if (sidecar.has_inbound_connection_pool())
    check_connection_pool(sidecar.inbound_connection_pool(), spec / "inboundConnectionPool", errors);
  if (sidecar.has_outbound_traffic_policy())
    check_outbound_policy(sidecar.outbound_traffic_policy(), spec / "outboundTrafficPolicy", errors);
}

}  // namespace amime::source
