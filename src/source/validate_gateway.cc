// networking.istio.io Gateway, and server-side TLS (which Sidecar ingress has too).
#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "mesh/cipher_suites.h"
#include "mesh/model.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "source/checks.h"
#include "source/validators.h"

// Fields that Istio deprecates are still fields that users write.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::source {
namespace {

using networking::Server;
using TLS = networking::ServerTLSSettings;

bool is_http_protocol(const std::string& protocol) { return mesh::is_http(mesh::parse_protocol(protocol)) || protocol == "HTTP_PROXY"; }

void check_server_port(const Server& server, const Path& at, Errors& errors) {
  if (!server.has_port()) return errors.add(at / "port", "is required");
  const auto& port = server.port();
  const bool unix_socket = server.bind().starts_with(kUnixPrefix);
  if (port.protocol().empty()) errors.add(at / "port" / "protocol", "is required");
  check_protocol(port.protocol(), at / "port" / "protocol", errors);
  if (!unix_socket)
    check_port(port.number(), at / "port" / "number", errors);
  else if (port.number() != 0)
    errors.add(at / "port" / "number", "must be 0 for a Unix socket");
  if (port.target_port() > 0) errors.add(at / "port" / "targetPort", "has no meaning in a Gateway");
  if (port.name().empty()) errors.add(at / "port" / "name", "is required");
}

void check_bind(const std::string& bind, const Path& at, Errors& errors) {
  if (bind.starts_with(kUnixPrefix))
    check_wrong(wrong_with_unix_path(std::string_view(bind).substr(kUnixPrefix.size())), at, errors);
  else if (!bind.empty() && !is_ip(bind))
    errors.add(at, fmt::format("\"{}\" is not an IP address", bind));
}

bool has_certificate(const TLS& tls) {
  return !tls.server_certificate().empty() || !tls.private_key().empty() || !tls.ca_certificates().empty();
}

// TLS settings and the port's protocol must agree.
void check_tls_and_protocol(const Server& server, const Path& at, Errors& errors) {
  const std::string& protocol = server.port().protocol();
  const bool tls_port = mesh::is_tls(mesh::parse_protocol(protocol));
  if (tls_port && !server.has_tls()) return errors.add(at / "tls", fmt::format("is required for protocol {}", protocol));
  if (tls_port || !server.has_tls()) return;
  if (!is_http_protocol(protocol)) return errors.add(at / "tls", fmt::format("has no meaning for protocol {}; use HTTPS or TLS", protocol));
  const bool only_redirect =
      (server.tls().mode() == TLS::PASSTHROUGH || server.tls().mode() == TLS::AUTO_PASSTHROUGH) && !has_certificate(server.tls());
  if (!only_redirect) errors.add(at / "tls", fmt::format("a server of protocol {} can have httpsRedirect only", protocol));
}

void check_istio_mutual(const TLS& tls, const Path& at, Errors& errors) {
  auto none = [&](bool given, const char* field) {
    if (given) errors.add(at / field, "cannot stand together with mode ISTIO_MUTUAL, which uses the mesh's certificates");
  };
  none(!tls.server_certificate().empty(), "serverCertificate");
  none(!tls.private_key().empty(), "privateKey");
  none(!tls.ca_certificates().empty(), "caCertificates");
  none(!tls.tls_certificates().empty(), "tlsCertificates");
  none(!tls.credential_name().empty(), "credentialName");
  none(!tls.credential_names().empty(), "credentialNames");
}

void check_certificate_pair(const std::string& certificate, const std::string& key, const Path& at, Errors& errors) {
  if (certificate.empty()) errors.add(at / "serverCertificate", "is required, or a credentialName");
  if (key.empty()) errors.add(at / "privateKey", "is required, or a credentialName");
}

void check_certificates(const TLS& tls, const Path& at, Errors& errors) {
  const bool simple = tls.mode() == TLS::SIMPLE, mutual = tls.mode() == TLS::MUTUAL || tls.mode() == TLS::OPTIONAL_MUTUAL;
  if (!simple && !mutual) return;
  if (mutual && tls.ca_certificates().empty())
    errors.add(at / "caCertificates", fmt::format("is required for mode {}, or a credentialName", TLS::TLSmode_Name(tls.mode())));
  if (tls.tls_certificates().empty()) check_certificate_pair(tls.server_certificate(), tls.private_key(), at, errors);
  for (int i = 0; i < tls.tls_certificates_size(); ++i)
    check_certificate_pair(tls.tls_certificates(i).server_certificate(), tls.tls_certificates(i).private_key(), at / "tlsCertificates" / i,
                           errors);
  if (simple && !tls.ca_crl().empty()) errors.add(at / "caCrl", "has no meaning for mode SIMPLE");
}

void check_cipher_suites(const TLS& tls, const Path& at, Errors& errors) {
  std::set<std::string> seen;
  for (int i = 0; i < tls.cipher_suites_size(); ++i) {
    const std::string& suite = tls.cipher_suites(i);
    if (!mesh::known_cipher_suite(suite))
      errors.warn(at / i, fmt::format("\"{}\" is not a cipher suite of Envoy; ignored", suite));
    else if (!seen.insert(suite).second)
      errors.warn(at / i, fmt::format("\"{}\" stands twice", suite));
  }
}

// A SHA-256: in hexadecimal digits, with or without colons, or in Base64. Envoy refuses a listener with others.
bool is_fingerprint(std::string digits) {
  const bool colons = digits.size() == 95;
  for (std::size_t i = 2; colons && i < digits.size(); i += 2) {
    if (digits[i] != ':') return false;
    digits.erase(i, 1);
  }
  return digits.size() == 64 && std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isxdigit(c); });
}
bool is_base64_of_32_bytes(const std::string& text) {
  std::string bytes;
  return text.size() == 44 && absl::Base64Unescape(text, &bytes) && bytes.size() == 32;
}

void check_pins(const TLS& tls, const Path& at, Errors& errors) {
  for (int i = 0; i < tls.verify_certificate_hash_size(); ++i)
    if (!is_fingerprint(tls.verify_certificate_hash(i)))
      errors.add(at / "verifyCertificateHash" / i, "is no SHA-256 in hexadecimal digits");
  for (int i = 0; i < tls.verify_certificate_spki_size(); ++i)
    if (!is_base64_of_32_bytes(tls.verify_certificate_spki(i))) errors.add(at / "verifyCertificateSpki" / i, "is no SHA-256 in Base64");
}

void check_server(const Server& server, const Path& at, Errors& errors) {
  if (server.hosts().empty()) errors.add(at / "hosts", "at least one is required");
  for (int i = 0; i < server.hosts_size(); ++i) check_scoped_host(server.hosts(i), true, at / "hosts" / i, errors);
  check_server_port(server, at, errors);
  check_bind(server.bind(), at / "bind", errors);
  if (server.has_tls()) check_server_tls(server.tls(), at / "tls", errors);
  if (!known_protocol(server.port().protocol())) return;
  check_tls_and_protocol(server, at, errors);
  if (server.tls().https_redirect() && !is_http_protocol(server.port().protocol()))
    errors.warn(at / "tls" / "httpsRedirect", "has an effect on HTTP servers only");
}

}  // namespace

void check_server_tls(const TLS& tls, const Path& at, Errors& errors) {
  if ((tls.min_protocol_version() == TLS::TLSV1_0 || tls.min_protocol_version() == TLS::TLSV1_1) && tls.cipher_suites().empty())
    errors.warn(at / "minProtocolVersion", "below TLSV1_2 needs cipherSuites that fit");
  check_cipher_suites(tls, at / "cipherSuites", errors);
  check_pins(tls, at, errors);
  if (tls.mode() == TLS::ISTIO_MUTUAL) return check_istio_mutual(tls, at, errors);
  const bool passthrough = tls.mode() == TLS::PASSTHROUGH || tls.mode() == TLS::AUTO_PASSTHROUGH;
  const bool any = has_certificate(tls) || !tls.tls_certificates().empty() || !tls.credential_name().empty() ||
                   !tls.credential_names().empty() || !tls.ca_crl().empty();
  if (passthrough && any) errors.warn(at, fmt::format("mode {} uses no certificates", TLS::TLSmode_Name(tls.mode())));
  const int sources = (!tls.server_certificate().empty() && !tls.private_key().empty()) + !tls.credential_name().empty() +
                      !tls.credential_names().empty() + !tls.tls_certificates().empty();
  if (sources > 1)
    errors.add(at, "only one of credentialName, credentialNames, serverCertificate with privateKey, tlsCertificates may be given");
  if (!tls.ca_crl().empty() && !tls.credential_name().empty())
    errors.add(at / "caCrl", "cannot stand together with credentialName: it belongs into the Secret");
  if (tls.credential_name().empty() && tls.credential_names().empty()) check_certificates(tls, at, errors);
}

void validate_gateway(const networking::Gateway& gateway, const std::string& name, Errors& errors) {
  const Path servers = Path() / "spec" / "servers";
  check_label(name, "Gateway's name", Path() / "metadata" / "name", errors);
  if (gateway.servers().empty()) errors.add(servers, "at least one is required");
  std::set<std::string> names;
  for (int i = 0; i < gateway.servers_size(); ++i) {
    const Server& server = gateway.servers(i);
    check_server(server, servers / i, errors);
    const std::string& port = server.port().name();
    if (!port.empty() && !names.insert(port).second) errors.add(servers / i / "port" / "name", fmt::format("\"{}\" stands twice", port));
  }
}

}  // namespace amime::source
