#include "translate/authn/mutual_tls.h"

#include "envoy/config/core/v3/base.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/tls.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/pack.h"
#include "translate/telemetry/metrics.h"

namespace amime::translate {

const std::vector<std::string> kMutualTlsProtocols = {"istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"};
const std::vector<std::string> kMutualTlsHttpProtocols = {"istio-http/1.0", "istio-http/1.1", "istio-h2"};
const std::vector<std::string> kMutualTlsTcpProtocols = {"istio-peer-exchange", "istio"};

namespace {

namespace tls = envoy::extensions::transport_sockets::tls::v3;
using envoy::config::core::v3::TransportSocket;
using istio::mesh::v1alpha1::MeshConfig_TLSConfig;

constexpr const char* kAgentCluster = "sds-grpc";
constexpr const char* kOwnCertificate = "default";
constexpr const char* kAuthorities = "ROOTCA";
constexpr const char* kPeerExchange = "istio-peer-exchange";

// With forward secrecy first; what meshMTLS.cipherSuites replaces.
constexpr const char* kSuites[] = {"ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256",
                                   "ECDHE-RSA-AES128-GCM-SHA256",   "AES256-GCM-SHA384",           "AES128-GCM-SHA256"};

void ask_agent(const char* name, tls::SdsSecretConfig* out) {
  out->set_name(name);
  auto* source = out->mutable_sds_config();
  source->set_resource_api_version(envoy::config::core::v3::V3);
  source->mutable_initial_fetch_timeout();  // as long as it takes: without a certificate nothing can be served
  auto* api = source->mutable_api_config_source();
  api->set_api_type(envoy::config::core::v3::ApiConfigSource::GRPC);
  api->set_transport_api_version(envoy::config::core::v3::V3);
  api->set_set_node_on_first_message_only(true);
  api->add_grpc_services()->mutable_envoy_grpc()->set_cluster_name(kAgentCluster);
}

// Returns where to say which names are expected.
tls::CertificateValidationContext* use_agent(tls::CommonTlsContext* common) {
  ask_agent(kOwnCertificate, common->add_tls_certificate_sds_secret_configs());
  auto* combined = common->mutable_combined_validation_context();
  ask_agent(kAuthorities, combined->mutable_validation_context_sds_secret_config());
  return combined->mutable_default_validation_context();
}

void wrap(const google::protobuf::Message& context, TransportSocket* out) {
  out->set_name("envoy.transport_sockets.tls");
  pack(context, out->mutable_typed_config());
}

void set_server_parameters(const MeshConfig_TLSConfig& settings, tls::TlsParameters* out) {
  const bool newest = settings.min_protocol_version() == MeshConfig_TLSConfig::TLSV1_3;
  out->set_tls_minimum_protocol_version(newest ? tls::TlsParameters::TLSv1_3 : tls::TlsParameters::TLSv1_2);
  out->set_tls_maximum_protocol_version(tls::TlsParameters::TLSv1_3);
  if (settings.cipher_suites().empty())
    out->mutable_cipher_suites()->Assign(std::begin(kSuites), std::end(kSuites));
  else
    *out->mutable_cipher_suites() = settings.cipher_suites();
}

std::vector<std::string> trust_domains(View& view) {
  std::vector<std::string> out{std::string(view.trust_domain())};
  const auto& aliases = view.mesh_config().trust_domain_aliases();
  out.insert(out.end(), aliases.begin(), aliases.end());
  return out;
}

// Whoever is of one of the mesh's trust domains.
void expect_mesh(View& view, tls::CertificateValidationContext* out) {
  for (const auto& domain : trust_domains(view)) {
    auto* matcher = out->add_match_typed_subject_alt_names();
    matcher->set_san_type(tls::SubjectAltNameMatcher::URI);
    matcher->mutable_matcher()->set_prefix("spiffe://" + domain + "/");
  }
}

void expect(const std::vector<std::string>& names, tls::CertificateValidationContext* out) {
  for (const auto& name : names) {
    auto* matcher = out->add_match_typed_subject_alt_names();
    const bool uri = name.find("://") != std::string::npos;
    matcher->set_san_type(uri ? tls::SubjectAltNameMatcher::URI : tls::SubjectAltNameMatcher::DNS);
    matcher->mutable_matcher()->set_exact(name);
  }
}

}  // namespace

// Never "istio" itself: it only chooses the chain, and would be in the way of negotiating HTTP/2.
void set_server_socket(View& view, const ServerSocket& settings, TransportSocket* out) {
  tls::DownstreamTlsContext context;
  context.mutable_require_client_certificate()->set_value(true);
  auto* common = context.mutable_common_tls_context();
  if (!settings.http && exchanges_over_tcp(view)) common->add_alpn_protocols(kPeerExchange);
  common->add_alpn_protocols("h2");
  common->add_alpn_protocols("http/1.1");
  set_server_parameters(view.mesh_config().mesh_mtls(), common->mutable_tls_params());
  auto* validation = use_agent(common);
  if (settings.whole_mesh) expect_mesh(view, validation);
  expect(settings.peers, validation);
  wrap(context, out);
}

void set_client_socket(View& view, const ClientSocket& settings, TransportSocket* out) {
  tls::UpstreamTlsContext context;
  context.set_sni(settings.sni);
  auto* common = context.mutable_common_tls_context();
  common->mutable_tls_params()->set_tls_minimum_protocol_version(tls::TlsParameters::TLSv1_2);
  common->mutable_tls_params()->set_tls_maximum_protocol_version(tls::TlsParameters::TLSv1_3);  // Envoy's clients would stop at 1.2
  if (exchanges_over_tcp(view)) common->add_alpn_protocols(kPeerExchange);
  common->add_alpn_protocols("istio");
  if (settings.http2) common->add_alpn_protocols("h2");
  auto* validation = use_agent(common);
  if (settings.any_server) validation->set_trust_chain_verification(tls::CertificateValidationContext::ACCEPT_UNTRUSTED);
  expect(settings.peers, validation);
  wrap(context, out);
}

void add_identities(View& view, std::string_view ns, std::string_view account, std::vector<std::string>* out) {
  for (const auto& domain : trust_domains(view))
    out->push_back("spiffe://" + domain + "/ns/" + std::string(ns) + "/sa/" + std::string(account));
}

}  // namespace amime::translate
