#include "translate/downstream_tls.h"

#include <algorithm>

#include "envoy/config/listener/v3/listener_components.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/tls.pb.h"
#include "mesh/cipher_suites.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "translate/authn/mutual_tls.h"
#include "translate/pack.h"
#include "translate/secret_name.h"
#include "translate/socket_address.h"

namespace amime::translate {
namespace {

namespace tls = ::envoy::extensions::transport_sockets::tls::v3;
using istio::mesh::v1alpha1::MeshConfig;
using istio::mesh::v1alpha1::MeshConfig_TLSConfig;
using ServerTls = istio::networking::v1alpha3::ServerTLSSettings;

bool asks_client(const ServerTls& settings) {
  return settings.mode() == ServerTls::MUTUAL || settings.mode() == ServerTls::OPTIONAL_MUTUAL;
}

tls::TlsParameters::TlsProtocol protocol_version(ServerTls::TLSProtocol version) {
  switch (version) {
    case ServerTls::TLSV1_0: return tls::TlsParameters::TLSv1_0;
    case ServerTls::TLSV1_1: return tls::TlsParameters::TLSv1_1;
    case ServerTls::TLSV1_2: return tls::TlsParameters::TLSv1_2;
    case ServerTls::TLSV1_3: return tls::TlsParameters::TLSv1_3;
    default: return tls::TlsParameters::TLS_AUTO;
  }
}

// MeshConfig.tlsDefaults first, the server's own settings over them.
void set_parameters(const ServerTls& settings, const MeshConfig_TLSConfig& defaults, tls::CommonTlsContext* common) {
  tls::TlsParameters params;
  *params.mutable_ecdh_curves() = defaults.ecdh_curves();
  if (defaults.min_protocol_version() != MeshConfig_TLSConfig::TLS_AUTO)
    params.set_tls_minimum_protocol_version(defaults.min_protocol_version() == MeshConfig_TLSConfig::TLSV1_3 ? tls::TlsParameters::TLSv1_3
                                                                                                             : tls::TlsParameters::TLSv1_2);
  if (settings.min_protocol_version() != ServerTls::TLS_AUTO)
    params.set_tls_minimum_protocol_version(protocol_version(settings.min_protocol_version()));
  params.set_tls_maximum_protocol_version(protocol_version(settings.max_protocol_version()));
  std::vector<std::string> suites;
  for (const auto& suite : settings.cipher_suites().empty() ? defaults.cipher_suites() : settings.cipher_suites())
    if (mesh::known_cipher_suite(suite) && std::find(suites.begin(), suites.end(), suite) == suites.end()) suites.push_back(suite);
  params.mutable_cipher_suites()->Assign(suites.begin(), suites.end());
  if (params.ByteSizeLong() > 0) *common->mutable_tls_params() = params;
}

tls::SubjectAltNameMatcher::SanType san_type(const std::string& name) {
  if (name.find("://") != std::string::npos) return tls::SubjectAltNameMatcher::URI;
  return is_ip(name) ? tls::SubjectAltNameMatcher::IP_ADDRESS : tls::SubjectAltNameMatcher::DNS;
}

void expect_client(const ServerTls& settings, tls::CertificateValidationContext* validation) {
  for (const auto& name : settings.subject_alt_names()) {
    auto* matcher = validation->add_match_typed_subject_alt_names();
    matcher->set_san_type(san_type(name));
    matcher->mutable_matcher()->set_exact(name);
  }
  *validation->mutable_verify_certificate_spki() = settings.verify_certificate_spki();
  *validation->mutable_verify_certificate_hash() = settings.verify_certificate_hash();
  // Asked for and not verified: whoever reads the x-forwarded-client-cert header judges it.
  if (settings.insecure_skip_verify().value() && asks_client(settings))
    validation->set_trust_chain_verification(tls::CertificateValidationContext::ACCEPT_UNTRUSTED);
}

void ask_for_secret(const std::string& name, tls::SdsSecretConfig* config) {
  config->set_name(name);
  // With Envoy's own time limit for the first answer: a Secret that does not exist must not hold back the listener's
  // other servers for ever.
  config->mutable_sds_config()->mutable_ads();
  config->mutable_sds_config()->set_resource_api_version(envoy::config::core::v3::V3);
}

void use_secrets(const ServerTls& settings, std::vector<std::string> names, tls::CommonTlsContext* common) {
  if (asks_client(settings)) {
    auto* combined = common->mutable_combined_validation_context();
    expect_client(settings, combined->mutable_default_validation_context());
    ask_for_secret(names.back(), combined->mutable_validation_context_sds_secret_config());
    names.pop_back();
  } else if (settings.subject_alt_names_size() > 0) {
    expect_client(settings, common->mutable_validation_context());
  }
  for (const auto& name : names) ask_for_secret(name, common->add_tls_certificate_sds_secret_configs());
}

// Files beside the proxy.
void use_files(const ServerTls& settings, tls::CommonTlsContext* common) {
  const auto add = [&](const std::string& certificate, const std::string& key) {
    auto* pair = common->add_tls_certificates();
    pair->mutable_certificate_chain()->set_filename(certificate);
    pair->mutable_private_key()->set_filename(key);
  };
  for (const auto& pair : settings.tls_certificates()) add(pair.server_certificate(), pair.private_key());
  if (settings.tls_certificates().empty()) add(settings.server_certificate(), settings.private_key());
  if (!asks_client(settings)) return;
  auto* validation = common->mutable_validation_context();
  const bool in_pair = settings.ca_certificates().empty() && settings.tls_certificates_size() > 0;
  validation->mutable_trusted_ca()->set_filename(in_pair ? settings.tls_certificates(0).ca_certificates() : settings.ca_certificates());
  if (!settings.ca_crl().empty()) validation->mutable_crl()->set_filename(settings.ca_crl());
  expect_client(settings, validation);
}

}  // namespace

void set_downstream_tls(const ServerTls& settings, const std::vector<std::string>& secrets, const MeshConfig& mesh_config,
                        envoy::config::listener::v3::FilterChain* chain) {
  tls::DownstreamTlsContext context;
  context.mutable_require_client_certificate()->set_value(settings.mode() == ServerTls::MUTUAL);
  auto* common = context.mutable_common_tls_context();
  common->add_alpn_protocols("h2");
  common->add_alpn_protocols("http/1.1");
  if (secrets.empty())
    use_files(settings, common);
  else
    use_secrets(settings, secrets, common);
  set_parameters(settings, mesh_config.tls_defaults(), common);
  auto* socket = chain->mutable_transport_socket();
  socket->set_name("envoy.transport_sockets.tls");
  pack(context, socket->mutable_typed_config());
}

bool add_downstream_tls(View& view, const GatewayServer& server, Chain* chain, std::vector<Note>* notes) {
  const ServerTls& settings = server.server->tls();
  chain->terminates_tls = true;
  if (settings.mode() == ServerTls::ISTIO_MUTUAL) {
    if (view.has_identity()) {
      const auto& names = settings.subject_alt_names();
      const bool http = mesh::parse_protocol(server.server->port().protocol()) == mesh::Protocol::kHttps;
      set_server_socket(view, {.http = http, .whole_mesh = false, .peers = {names.begin(), names.end()}},
                        chain->proto->mutable_transport_socket());
      return true;
    }
    notes->push_back({server.gateway->key, "not-honoured", server.field("tls.mode"),
                      "ISTIO_MUTUAL needs an agent beside the proxy that gives it certificates; the server is left out"});
    return false;
  }
  const auto names = secret_names(*server.server);
  chain->refs.insert(chain->refs.end(), names.begin(), names.end());
  set_downstream_tls(settings, names, view.mesh_config(), chain->proto.get());
  return true;
}

}  // namespace amime::translate
