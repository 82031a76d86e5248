#include <fmt/format.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol.pb.h"
#include "envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/tls.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/cluster_parts.h"
#include "translate/pack.h"
#include "translate/secret_name.h"
#include "translate/socket_address.h"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;
namespace tls = ::envoy::extensions::transport_sockets::tls::v3;
using Settings = api::ClientTLSSettings;

// Of no certificate.
const std::string kNoHash(64, '0');

// Where in the rule `settings` stands, as its user writes it.
std::string path_of(const api::DestinationRule& rule, const Settings& settings) {
  const auto in_policy = [&](const api::TrafficPolicy& policy, const std::string& path) -> std::string {
    if (&policy.tls() == &settings) return path + ".tls";
    for (int i = 0; i < policy.port_level_settings_size(); ++i)
      if (&policy.port_level_settings(i).tls() == &settings) return fmt::format("{}.portLevelSettings[{}].tls", path, i);
    return {};
  };
  std::string path = in_policy(rule.traffic_policy(), "spec.trafficPolicy");
  for (int i = 0; path.empty() && i < rule.subsets_size(); ++i)
    path = in_policy(rule.subsets(i).traffic_policy(), fmt::format("spec.subsets[{}].trafficPolicy", i));
  return path;
}

void note(const TlsContext& context, const Settings& settings, const char* field, const char* text, Product& product) {
  if (!context.policy)  // then it is the mesh's
    product.notes.push_back(
        {{mesh::Kind::kMeshConfig, "", "istio"}, "not-honoured", std::string("outboundTrafficPolicy.tls") + field, text});
  if (!context.policy || context.policy->from.empty()) return;
  product.notes.push_back({context.policy->from.front(), "not-honoured", path_of(*context.policy->rule, settings) + field, text});
}

// Whether TLS is to be used at all, with a note where it should be and cannot.
bool wants_tls(const Settings& settings, const TlsContext& context, Product& product) {
  switch (settings.mode()) {
    case Settings::ISTIO_MUTUAL:
      note(context, settings, ".mode", "the proxy has no agent that gives it certificates: traffic is sent as plaintext", product);
      return false;
    case Settings::SIMPLE:
    case Settings::MUTUAL: break;
    default: return false;
  }
  const auto& credential = settings.credential_name();
  const bool secret = !credential.empty() && !credential.starts_with(kConfigMapScheme) && !credential.starts_with(kInvalidScheme);
  // Istio gives a sidecar no Secret unless the rule selects workloads; it then originates no TLS at all.
  const bool selects = context.policy && context.policy->rule->has_workload_selector();
  if (secret && context.sidecar && !selects) {
    note(context, settings, ".credentialName", "sidecars get no Secrets: traffic is sent without TLS", product);
    return false;
  }
  if (settings.mode() == Settings::MUTUAL && credential.empty() &&
      (settings.client_certificate().empty() || settings.private_key().empty())) {
    note(context, settings, ".clientCertificate", "MUTUAL needs clientCertificate and privateKey: traffic is sent without TLS", product);
    return false;
  }
  return true;
}

tls::SubjectAltNameMatcher::SanType server_san_type(const std::string& name) {
  if (name.find("://") != std::string::npos) return tls::SubjectAltNameMatcher::URI;
  return is_ip(name) ? tls::SubjectAltNameMatcher::IP_ADDRESS : tls::SubjectAltNameMatcher::DNS;
}

// subjectAltNames, else those of the ServiceEntry: one of them has to be in the server's certificate.
void expect_names(const Settings& settings, const mesh::Service* service, tls::CertificateValidationContext& validation) {
  const auto add = [&](const std::string& name) {
    auto* matcher = validation.add_match_typed_subject_alt_names();
    matcher->set_san_type(server_san_type(name));
    matcher->mutable_matcher()->set_exact(name);
  };
  if (settings.subject_alt_names().empty() && service && !service->kubernetes)
    for (const auto& name : service->subject_alt_names) add(name);
  for (const auto& name : settings.subject_alt_names()) add(name);
}

void ask_for_secret(const std::string& name, tls::SdsSecretConfig& config, Product& product, std::vector<std::string>& refs) {
  config.set_name(name);
  config.mutable_sds_config()->mutable_ads();
  config.mutable_sds_config()->set_resource_api_version(::envoy::config::core::v3::V3);
  product.children.push_back({RuleId::kGatewaySecret, name});
  refs.push_back(name);
}

// credentialName: key pair and authority come as Secrets NAME and NAME-cacert.
void use_credential(const Settings& settings, const TlsContext& context, tls::CommonTlsContext& common, Product& product,
                    std::vector<std::string>& refs) {
  const std::string name = secret_resource_name(settings.credential_name());
  if (settings.mode() == Settings::MUTUAL) ask_for_secret(name, *common.add_tls_certificate_sds_secret_configs(), product, refs);
  if (settings.insecure_skip_verify().value()) return;
  auto* combined = common.mutable_combined_validation_context();
  expect_names(settings, context.service, *combined->mutable_default_validation_context());
  ask_for_secret(name + std::string(kAuthoritySuffix), *combined->mutable_validation_context_sds_secret_config(), product, refs);
}

// No server can be right: the connection is not made, which is better than one that was not asked for.
void trust_nobody(tls::CommonTlsContext& common) { common.mutable_validation_context()->add_verify_certificate_hash(kNoHash); }

// Files beside the proxy.
void use_files(const Settings& settings, const TlsContext& context, tls::CommonTlsContext& common) {
  if (settings.mode() == Settings::MUTUAL) {
    auto* certificate = common.add_tls_certificates();
    certificate->mutable_certificate_chain()->set_filename(settings.client_certificate());
    certificate->mutable_private_key()->set_filename(settings.private_key());
  }
  if (settings.insecure_skip_verify().value()) return;
  auto* validation = common.mutable_validation_context();
  const bool given = !settings.ca_certificates().empty() && settings.ca_certificates() != "system";
  validation->mutable_trusted_ca()->set_filename(given ? settings.ca_certificates() : kSystemAuthorities);
  if (!settings.ca_crl().empty()) validation->mutable_crl()->set_filename(settings.ca_crl());
  expect_names(settings, context.service, *validation);
}

// Without `sni` the request's host is the server name; without names to expect either, the certificate must be its. Of a cluster
// whose endpoints are found by that name it must be its in any case.
void use_request_host(const Settings& settings, const TlsContext& context, HttpOptions& http) {
  const bool by_name = !context.service || context.service->resolution == mesh::Resolution::kDynamicDns;
  const bool auto_sni = settings.sni().empty();
  const bool checks = (by_name || (auto_sni && settings.subject_alt_names().empty())) && !settings.insecure_skip_verify().value();
  if (auto_sni) http.mutable_upstream_http_protocol_options()->set_auto_sni(true);
  if (checks) http.mutable_upstream_http_protocol_options()->set_auto_san_validation(true);
}

void set_protocol_parameters(const MeshConfig& mesh_config, tls::CommonTlsContext& common) {
  auto* parameters = common.mutable_tls_params();
  parameters->set_tls_minimum_protocol_version(tls::TlsParameters::TLSv1_2);
  parameters->set_tls_maximum_protocol_version(tls::TlsParameters::TLSv1_3);  // Envoy's clients would stop at 1.2
  *parameters->mutable_cipher_suites() = mesh_config.tls_defaults().cipher_suites();
  *parameters->mutable_ecdh_curves() = mesh_config.tls_defaults().ecdh_curves();
}

}  // namespace

void apply_upstream_tls(const TrafficSettings& settings, const TlsContext& context, const MeshConfig& mesh_config, EnvoyCluster& cluster,
                        HttpOptions& http, Product& product, std::vector<std::string>& refs) {
  if (!settings.tls || !wants_tls(*settings.tls, context, product)) return;
  tls::UpstreamTlsContext upstream;
  auto& common = *upstream.mutable_common_tls_context();
  upstream.set_sni(settings.tls->sni());
  set_protocol_parameters(mesh_config, common);
  use_request_host(*settings.tls, context, http);
  if (settings.tls->credential_name().starts_with(kInvalidScheme))
    trust_nobody(common);
  else if (settings.tls->credential_name().empty())
    use_files(*settings.tls, context, common);
  else
    use_credential(*settings.tls, context, common, product, refs);
  if (speaks_http2(http)) common.add_alpn_protocols("h2");
  auto* socket = cluster.mutable_transport_socket();
  socket->set_name("envoy.transport_sockets.tls");
  pack(upstream, socket->mutable_typed_config());
}

void apply_proxy_protocol(const TrafficSettings& settings, EnvoyCluster& cluster) {
  if (!settings.proxy_protocol) return;
  ::envoy::extensions::transport_sockets::proxy_protocol::v3::ProxyProtocolUpstreamTransport wrapper;
  using Version = ::envoy::config::core::v3::ProxyProtocolConfig;
  const bool v2 = settings.proxy_protocol->version() == api::TrafficPolicy_ProxyProtocol::V2;
  wrapper.mutable_config()->set_version(v2 ? Version::V2 : Version::V1);
  if (cluster.has_transport_socket()) {
    *wrapper.mutable_transport_socket() = cluster.transport_socket();
    cluster.clear_transport_socket();
  } else {
    wrapper.mutable_transport_socket()->set_name("envoy.transport_sockets.raw_buffer");
    pack(::envoy::extensions::transport_sockets::raw_buffer::v3::RawBuffer(), wrapper.mutable_transport_socket()->mutable_typed_config());
  }
  cluster.mutable_transport_socket()->set_name("envoy.transport_sockets.upstream_proxy_protocol");
  pack(wrapper, cluster.mutable_transport_socket()->mutable_typed_config());
}

}  // namespace amime::translate
