#include <gtest/gtest.h>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/tls.pb.h"
#include "mesh/v1alpha1/proxy.pb.h"
#include "translate/listener_testing.h"
#include "translate/route_table.h"

namespace amime::translate {
namespace {

using namespace listener_testing;
namespace mt = mesh::testing;
using envoy::extensions::transport_sockets::tls::v3::DownstreamTlsContext;
using Strings = std::vector<std::string>;

mesh::ProxyFacts gw() { return mt::router("ingress", {{"istio", "ingress"}}); }
mesh::ObjectPtr gateway(const std::string& servers) {
  return mt::gateway("ingress", "gw", R"({"selector": {"istio": "ingress"}, "servers": )" + servers + "}");
}
std::string https(const std::string& tls, const std::string& host = "a.com") {
  return R"([{"port": {"number": 8443, "name": "https", "protocol": "HTTPS"}, "hosts": [")" + host + R"("], "tls": )" + tls + "}]";
}
DownstreamTlsContext tls_of(const FilterChain& chain) {
  DownstreamTlsContext out;
  EXPECT_EQ(chain.transport_socket().name(), "envoy.transport_sockets.tls");
  chain.transport_socket().typed_config().UnpackTo(&out);
  return out;
}

TEST(GatewayListener, PlainHttpIsOneChainWithThePortsTable) {
  ListenerWorld world(
      {gateway(R"([{"port": {"number": 8080, "name": "http", "protocol": "HTTP"}, "hosts": ["a.com"], "tls": {"httpsRedirect": true}}])")},
      gw());
  const auto listeners = world.gateway();
  ASSERT_EQ(names(listeners), Strings{"0.0.0.0_8080"});
  const Listener& listener = listeners.at("0.0.0.0_8080");
  EXPECT_FALSE(listener.has_bind_to_port());
  EXPECT_FALSE(listener.continue_on_listener_filters_timeout());
  EXPECT_TRUE(listener.listener_filters().empty());
  ASSERT_EQ(listener.filter_chains_size(), 1);
  EXPECT_FALSE(listener.filter_chains(0).has_filter_chain_match());
  EXPECT_FALSE(listener.filter_chains(0).has_transport_socket());
  const auto hcm = hcm_of(listener.filter_chains(0));
  EXPECT_EQ(hcm.rds().route_config_name(), "http.8080");
  EXPECT_EQ(hcm.stat_prefix(), "outbound_0.0.0.0_8080;");
  EXPECT_TRUE(hcm.use_remote_address().value());
  EXPECT_TRUE(world.asked_for(gateway_table_key("http.8080")));
}

TEST(GatewayListener, HttpsIsToldApartByNameAndAsksForItsSecret) {
  ListenerWorld world({gateway(https(R"({"mode": "SIMPLE", "credentialName": "a-tls"})")),
                       mt::secret("ingress", "a-tls", {{"tls.crt", "C"}, {"tls.key", "K"}})},
                      gw());
  const auto listeners = world.gateway();
  const Listener& listener = listeners.at("0.0.0.0_8443");
  EXPECT_EQ(listener_filters(listener), Strings{"tls_inspector"});
  EXPECT_EQ(strings(listener.filter_chains(0).filter_chain_match().server_names()), Strings{"a.com"});
  const auto tls = tls_of(listener.filter_chains(0));
  EXPECT_EQ(strings(tls.common_tls_context().alpn_protocols()), (Strings{"h2", "http/1.1"}));
  EXPECT_FALSE(tls.require_client_certificate().value());
  ASSERT_EQ(tls.common_tls_context().tls_certificate_sds_secret_configs_size(), 1);
  const auto& sds = tls.common_tls_context().tls_certificate_sds_secret_configs(0);
  EXPECT_EQ(sds.name(), "kubernetes://a-tls");
  EXPECT_TRUE(sds.sds_config().has_ads());
  EXPECT_FALSE(sds.sds_config().has_initial_fetch_timeout()) << "a Secret that is not there must not block the listener for ever";
  EXPECT_EQ(hcm_of(listener.filter_chains(0)).rds().route_config_name(), "https.8443.https.gw.ingress");
  EXPECT_EQ(world.refs("0.0.0.0_8443"), (Strings{"https.8443.https.gw.ingress", "kubernetes://a-tls"}));
  EXPECT_TRUE(world.notes().empty());
}

TEST(GatewayListener, AMissingSecretIsSaidAndTheListenerStands) {
  ListenerWorld world({gateway(https(R"({"mode": "SIMPLE", "credentialName": "gone"})"))}, gw());
  EXPECT_EQ(world.gateway().size(), 1u);
  ASSERT_EQ(world.notes().size(), 1u);
  EXPECT_EQ(world.notes()[0].object.name, "gw");
  EXPECT_EQ(world.notes()[0].field, "spec.servers[0].tls.credentialName");
}

TEST(GatewayListener, MutualAsksClientsForCertificates) {
  ListenerWorld world({gateway(https(R"({"mode": "MUTUAL", "credentialName": "c", "subjectAltNames": ["client.example", "spiffe://a/b"],
                                        "minProtocolVersion": "TLSV1_2", "maxProtocolVersion": "TLSV1_3",
                                        "cipherSuites": ["ECDHE-RSA-AES256-GCM-SHA384", "NO-SUCH-SUITE", "ECDHE-RSA-AES256-GCM-SHA384"]})"))},
                      gw());
  const auto tls = tls_of(world.gateway().at("0.0.0.0_8443").filter_chains(0));
  EXPECT_TRUE(tls.require_client_certificate().value());
  const auto& combined = tls.common_tls_context().combined_validation_context();
  EXPECT_EQ(combined.validation_context_sds_secret_config().name(), "kubernetes://c-cacert");
  EXPECT_EQ(combined.default_validation_context().match_typed_subject_alt_names_size(), 2);
  const auto& params = tls.common_tls_context().tls_params();
  EXPECT_EQ(params.tls_minimum_protocol_version(), envoy::extensions::transport_sockets::tls::v3::TlsParameters::TLSv1_2);
  EXPECT_EQ(params.tls_maximum_protocol_version(), envoy::extensions::transport_sockets::tls::v3::TlsParameters::TLSv1_3);
  EXPECT_EQ(strings(params.cipher_suites()), Strings{"ECDHE-RSA-AES256-GCM-SHA384"});
}

TEST(GatewayListener, CertificatesThatNeedNotBeGood) {
  using Validation = envoy::extensions::transport_sockets::tls::v3::CertificateValidationContext;
  ListenerWorld world({gateway(https(R"({"mode": "MUTUAL", "credentialName": "c", "insecureSkipVerify": true})"))}, gw());
  const auto tls = tls_of(world.gateway().at("0.0.0.0_8443").filter_chains(0));
  EXPECT_TRUE(tls.require_client_certificate().value());
  EXPECT_EQ(tls.common_tls_context().combined_validation_context().default_validation_context().trust_chain_verification(),
            Validation::ACCEPT_UNTRUSTED);
}

TEST(GatewayListener, OptionalMutualTakesCertificatesButNeedsNone) {
  ListenerWorld world({gateway(https(R"({"mode": "OPTIONAL_MUTUAL", "credentialName": "c"})"))}, gw());
  const auto tls = tls_of(world.gateway().at("0.0.0.0_8443").filter_chains(0));
  EXPECT_FALSE(tls.require_client_certificate().value());
  EXPECT_TRUE(tls.common_tls_context().has_combined_validation_context());
}

TEST(GatewayListener, FilesBesideTheProxyAreNamed) {
  ListenerWorld world(
      {gateway(https(R"({"mode": "MUTUAL", "serverCertificate": "/c.pem", "privateKey": "/k.pem", "caCertificates": "/ca.pem"})"))}, gw());
  const auto tls = tls_of(world.gateway().at("0.0.0.0_8443").filter_chains(0));
  EXPECT_EQ(tls.common_tls_context().tls_certificates(0).certificate_chain().filename(), "/c.pem");
  EXPECT_EQ(tls.common_tls_context().tls_certificates(0).private_key().filename(), "/k.pem");
  EXPECT_EQ(tls.common_tls_context().validation_context().trusted_ca().filename(), "/ca.pem");
}

TEST(GatewayListener, StarTakesEveryName) {
  ListenerWorld world({gateway(https(R"({"mode": "SIMPLE", "credentialName": "c"})", "*"))}, gw());
  const Listener listener = world.gateway().at("0.0.0.0_8443");
  EXPECT_FALSE(listener.filter_chains(0).has_filter_chain_match());
  EXPECT_EQ(listener_filters(listener), Strings{"tls_inspector"});
}

TEST(GatewayListener, WithoutIdentityIstioMutualIsNotServed) {
  ListenerWorld world({gateway(https(R"({"mode": "ISTIO_MUTUAL"})"))}, gw());
  EXPECT_TRUE(world.gateway().empty());
  EXPECT_TRUE(world.noted("not-honoured", "ISTIO_MUTUAL"));
}

TEST(GatewayListener, TheProxyProtocolComesFirst) {
  ListenerWorld world({mt::mesh_config(R"({"defaultConfig": {"gatewayTopology": {"proxyProtocol": {}}}})"),
                       gateway(https(R"({"mode": "SIMPLE", "credentialName": "c"})"))},
                      gw());
  EXPECT_EQ(listener_filters(world.gateway().at("0.0.0.0_8443")), (Strings{"proxy_protocol", "tls_inspector"}));
}

TEST(GatewayListener, TheProxysOwnConfigurationReplacesTheMeshs) {
  const std::string http = R"([{"port": {"number": 8080, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}])";
  const auto mesh_config = mt::mesh_config(R"({"defaultConfig": {"gatewayTopology": {"numTrustedProxies": 1}}})");
  const auto hops = [&](const mesh::ProxyFacts& proxy) {
    ListenerWorld world({mesh_config, gateway(http)}, proxy);
    return hcm_of(world.gateway().at("0.0.0.0_8080").filter_chains(0)).xff_num_trusted_hops();
  };
  auto proxy = gw();
  EXPECT_EQ(hops(proxy), 1u);
  istio::mesh::v1alpha1::ProxyConfig own;
  proxy.proxy_config = own.SerializeAsString();
  EXPECT_EQ(hops(proxy), 0u) << "all of it, not field by field: the agent has merged them already";
  own.mutable_gateway_topology()->set_num_trusted_proxies(2);
  proxy.proxy_config = own.SerializeAsString();
  EXPECT_EQ(hops(proxy), 2u);
}

TEST(GatewayListener, ServicesPortsBecomeTheContainers) {
  ListenerWorld world({gateway(R"([{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}])"),
                       mt::pod("ingress", "gw", "10.9.9.1", {{"istio", "ingress"}}),
                       mt::service("ingress", "gw", "10.96.0.9", {"http:80:8080"}, {{"istio", "ingress"}}),
                       mt::endpoint_slice("ingress", "gw-1", "gw", {"http:8080"}, {mt::endpoint("10.9.9.1", "gw", "ingress")})},
                      gw());
  EXPECT_EQ(names(world.gateway()), Strings{"0.0.0.0_8080"});
  EXPECT_TRUE(world.asked_for(gateway_table_key("http.8080")));
}

TEST(GatewayListener, LocalModeBindsAtItsAddress) {
  auto proxy = gw();
  proxy.inbound_address = "127.7.7.7";
  ListenerWorld world({gateway(R"([{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}])")}, proxy);
  const Listener listener = world.gateway().at("0.0.0.0_80");
  EXPECT_EQ(listener.address().socket_address().address(), "127.7.7.7");
  EXPECT_EQ(listener.address().socket_address().port_value(), 10080u);
}

TEST(GatewayListener, OtherRoutersGatewaysAreNotTheirs) {
  ListenerWorld world(
      {mt::gateway(
          "ingress", "gw",
          R"({"selector": {"istio": "other"}, "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}]})")},
      gw());
  EXPECT_TRUE(world.gateway().empty());
}

}  // namespace
}  // namespace amime::translate
