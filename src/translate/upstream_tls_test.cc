#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/tls.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "translate/cluster_testing.h"

namespace amime::translate {
namespace {

using cluster_testing::cluster_with;
using cluster_testing::http_options;
using cluster_testing::service_with;
using cluster_testing::World;
using envoy::extensions::transport_sockets::tls::v3::UpstreamTlsContext;
namespace mt = mesh::testing;

constexpr const char* kSubject = "80||s.default.svc.cluster.local";

UpstreamTlsContext tls_of(const envoy::config::cluster::v3::Cluster& cluster) {
  UpstreamTlsContext context;
  EXPECT_EQ(cluster.transport_socket().name(), "envoy.transport_sockets.tls");
  EXPECT_TRUE(cluster.transport_socket().typed_config().UnpackTo(&context));
  return context;
}
std::vector<Note> notes_of(const std::string& policy, mesh::ProxyFacts proxy = mt::proxy("default")) {
  World world(service_with(policy), std::move(proxy));
  const auto run = world.run(outbound_cluster, kSubject);
  return run.product.notes;
}

TEST(UpstreamTls, NoneForDisable) { EXPECT_FALSE(cluster_with(R"({"tls": {"mode": "DISABLE"}})").has_transport_socket()); }

TEST(UpstreamTls, SimpleWithoutVerification) {
  const auto cluster = cluster_with(R"({"tls": {"mode": "SIMPLE", "sni": "bank.example.net", "insecureSkipVerify": true}})");
  const auto context = tls_of(cluster);
  EXPECT_EQ(context.sni(), "bank.example.net");
  EXPECT_FALSE(context.common_tls_context().has_validation_context());
  EXPECT_EQ(context.common_tls_context().alpn_protocols_size(), 0);
  EXPECT_TRUE(cluster.typed_extension_protocol_options().empty());
}

TEST(UpstreamTls, WhatCannotBeHadIsTrustedNobody) {
  const auto context = tls_of(cluster_with(R"({"tls": {"mode": "SIMPLE", "sni": "a", "credentialName": "invalid://"}})"));
  const auto& validation = context.common_tls_context().validation_context();
  ASSERT_EQ(validation.verify_certificate_hash_size(), 1);
  EXPECT_EQ(validation.verify_certificate_hash(0), std::string(64, '0'));
  EXPECT_TRUE(notes_of(R"({"tls": {"mode": "SIMPLE", "sni": "a", "credentialName": "invalid://"}})").empty());
}

TEST(UpstreamTls, SidecarsGetAuthoritiesInConfigMaps) {
  const auto context = tls_of(cluster_with(R"({"tls": {"mode": "SIMPLE", "sni": "a", "credentialName": "configmap://default/ca"}})"));
  const auto& secret = context.common_tls_context().combined_validation_context().validation_context_sds_secret_config();
  EXPECT_EQ(secret.name(), "configmap://default/ca-cacert");
}

TEST(UpstreamTls, SimpleVerifiesAgainstFilesAndNames) {
  const auto context = tls_of(cluster_with(
      R"({"tls": {"mode": "SIMPLE", "sni": "a", "caCertificates": "/etc/ca.pem", "subjectAltNames": ["a.example.com", "spiffe://td/ns/a/sa/b", "10.0.0.1"]}})"));
  const auto& validation = context.common_tls_context().validation_context();
  EXPECT_EQ(validation.trusted_ca().filename(), "/etc/ca.pem");
  ASSERT_EQ(validation.match_typed_subject_alt_names_size(), 3);
  using Matcher = envoy::extensions::transport_sockets::tls::v3::SubjectAltNameMatcher;
  EXPECT_EQ(validation.match_typed_subject_alt_names(0).san_type(), Matcher::DNS);
  EXPECT_EQ(validation.match_typed_subject_alt_names(1).san_type(), Matcher::URI);
  EXPECT_EQ(validation.match_typed_subject_alt_names(2).san_type(), Matcher::IP_ADDRESS);
  EXPECT_EQ(validation.match_typed_subject_alt_names(0).matcher().exact(), "a.example.com");
}

TEST(UpstreamTls, SystemAuthoritiesByDefault) {
  const auto context = tls_of(cluster_with(R"({"tls": {"mode": "SIMPLE", "sni": "a"}})"));
  EXPECT_FALSE(context.common_tls_context().validation_context().trusted_ca().filename().empty());
}

TEST(UpstreamTls, WithoutSniTheRequestsHost) {
  const auto verified = http_options(cluster_with(R"({"tls": {"mode": "SIMPLE"}})")).upstream_http_protocol_options();
  EXPECT_TRUE(verified.auto_sni());
  EXPECT_TRUE(verified.auto_san_validation());
  const auto named =
      http_options(cluster_with(R"({"tls": {"mode": "SIMPLE", "subjectAltNames": ["a"]}})")).upstream_http_protocol_options();
  EXPECT_TRUE(named.auto_sni());
  EXPECT_FALSE(named.auto_san_validation());
  const auto insecure =
      http_options(cluster_with(R"({"tls": {"mode": "SIMPLE", "insecureSkipVerify": true}})")).upstream_http_protocol_options();
  EXPECT_TRUE(insecure.auto_sni());
  EXPECT_FALSE(insecure.auto_san_validation());
}

TEST(UpstreamTls, NamesOfTheServiceEntry) {
  World world(
      {mt::service_entry(
           "default", "e",
           R"({"hosts": ["e.example.com"], "resolution": "STATIC", "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}], "subjectAltNames": ["e-san"]})"),
       mt::destination_rule("default", "e", R"({"host": "e.example.com", "trafficPolicy": {"tls": {"mode": "SIMPLE", "sni": "e"}}})")});
  const auto context = tls_of(world.cluster("80||e.example.com"));
  EXPECT_EQ(context.common_tls_context().validation_context().match_typed_subject_alt_names(0).matcher().exact(), "e-san");
}

TEST(UpstreamTls, Http2IsOffered) {
  const auto context = tls_of(cluster_with(R"({"tls": {"mode": "SIMPLE"}})", "grpc:80"));
  ASSERT_EQ(context.common_tls_context().alpn_protocols_size(), 1);
  EXPECT_EQ(context.common_tls_context().alpn_protocols(0), "h2");
}

TEST(UpstreamTls, MutualWithFiles) {
  const auto context = tls_of(
      cluster_with(R"({"tls": {"mode": "MUTUAL", "clientCertificate": "/c.pem", "privateKey": "/k.pem", "caCertificates": "/ca.pem"}})"));
  EXPECT_EQ(context.common_tls_context().tls_certificates(0).certificate_chain().filename(), "/c.pem");
  EXPECT_EQ(context.common_tls_context().tls_certificates(0).private_key().filename(), "/k.pem");
  const auto notes = notes_of(R"({"tls": {"mode": "MUTUAL", "clientCertificate": "/c.pem"}})");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].field, "spec.trafficPolicy.tls.clientCertificate");
}

TEST(UpstreamTls, RoutersAskForSecrets) {
  World world(service_with(R"({"tls": {"mode": "MUTUAL", "credentialName": "cred"}})"), mt::router("default", {}));
  const auto run = world.run(outbound_cluster, kSubject);
  ASSERT_EQ(run.product.resources.size(), 1u);
  EXPECT_EQ(run.product.resources[0]->refs, (std::vector<std::string>{"kubernetes://cred", "kubernetes://cred-cacert"}));
  ASSERT_EQ(run.product.children.size(), 2u);
  EXPECT_EQ(run.product.children[0], (RuleKey{RuleId::kGatewaySecret, "kubernetes://cred"}));
  const auto context = tls_of(world.cluster(kSubject));
  EXPECT_EQ(context.common_tls_context().tls_certificate_sds_secret_configs(0).name(), "kubernetes://cred");
  EXPECT_EQ(context.common_tls_context().combined_validation_context().validation_context_sds_secret_config().name(),
            "kubernetes://cred-cacert");
}

TEST(UpstreamTls, SidecarsGetNoSecrets) {
  const auto notes = notes_of(R"({"tls": {"mode": "SIMPLE", "credentialName": "cred"}})");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].field, "spec.trafficPolicy.tls.credentialName");
  EXPECT_FALSE(cluster_with(R"({"tls": {"mode": "SIMPLE", "credentialName": "cred"}})").has_transport_socket());
}

TEST(UpstreamTls, IstioMutualIsPlaintextForNowAndSaysSo) {
  const std::string policy =
      R"({"portLevelSettings": [{"port": {"number": 81}}, {"port": {"number": 80}, "tls": {"mode": "ISTIO_MUTUAL"}}]})";
  EXPECT_FALSE(cluster_with(policy).has_transport_socket());
  const auto notes = notes_of(policy);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].field, "spec.trafficPolicy.portLevelSettings[1].tls.mode");
}

TEST(UpstreamTls, MeshWideCiphers) {
  auto objects = service_with(R"({"tls": {"mode": "SIMPLE"}})");
  objects.push_back(mt::mesh_config(R"({"tlsDefaults": {"cipherSuites": ["ECDHE-RSA-AES128-GCM-SHA256"], "ecdhCurves": ["P-256"]}})"));
  const auto parameters = tls_of(World(objects).cluster(kSubject)).common_tls_context().tls_params();
  EXPECT_EQ(parameters.cipher_suites(0), "ECDHE-RSA-AES128-GCM-SHA256");
  EXPECT_EQ(parameters.ecdh_curves(0), "P-256");
}

TEST(ProxyProtocol, WrapsWhatIsThere) {
  envoy::extensions::transport_sockets::proxy_protocol::v3::ProxyProtocolUpstreamTransport wrapper;
  const auto plain = cluster_with(R"({"proxyProtocol": {"version": "V2"}})");
  EXPECT_EQ(plain.transport_socket().name(), "envoy.transport_sockets.upstream_proxy_protocol");
  ASSERT_TRUE(plain.transport_socket().typed_config().UnpackTo(&wrapper));
  EXPECT_EQ(wrapper.config().version(), envoy::config::core::v3::ProxyProtocolConfig::V2);
  EXPECT_EQ(wrapper.transport_socket().name(), "envoy.transport_sockets.raw_buffer");
  const auto secure = cluster_with(R"({"proxyProtocol": {}, "tls": {"mode": "SIMPLE"}})");
  ASSERT_TRUE(secure.transport_socket().typed_config().UnpackTo(&wrapper));
  EXPECT_EQ(wrapper.transport_socket().name(), "envoy.transport_sockets.tls");
  EXPECT_EQ(wrapper.ByteSizeLong(), secure.transport_socket().typed_config().value().size());  // and nothing else
}

}  // namespace
}  // namespace amime::translate
