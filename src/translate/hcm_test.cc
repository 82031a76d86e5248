#include "translate/hcm.h"

#include <gtest/gtest.h>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/http/router/v3/router.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/listener_testing.h"

namespace amime::translate {
namespace {

using istio::mesh::v1alpha1::ForwardClientCertDetails;
using istio::mesh::v1alpha1::MeshConfig;
using listener_testing::HttpConnectionManager;

HttpConnectionManager make(ListenerClass listener_class, const MeshConfig& config = {}, HcmOptions options = {}) {
  listener_testing::FilterChain chain;
  options.listener_class = listener_class;
  if (options.route_table.empty()) options.route_table = "80";
  auto object = std::make_shared<mesh::Object>();
  object->key = {mesh::Kind::kMeshConfig, "istio-system", "istio"};
  object->payload = mesh::ProtoSpec(std::make_shared<MeshConfig>(config));
  const mesh::Mesh mesh = mesh::testing::mesh_of({std::move(object)});
  const mesh::ProxyFacts proxy = mesh::testing::proxy("default", "client", "10.0.0.1", {});
  const Scene scene{&mesh, &proxy, mesh.visible(proxy), nullptr};
  Trace trace;
  View view(scene, &trace);
  add_hcm(view, options, &chain);
  EXPECT_EQ(chain.filters(0).name(), "envoy.filters.network.http_connection_manager");
  return listener_testing::hcm_of(chain);
}

TEST(Hcm, FiltersStandInIstiosOrderAndNoneIsIstiosOwn) {
  std::vector<std::string> names;
  const auto hcm = make(ListenerClass::kSidecarOutbound);
  for (const auto& filter : hcm.http_filters()) names.push_back(filter.name());
  EXPECT_EQ(names, (std::vector<std::string>{"envoy.filters.http.grpc_stats", "envoy.filters.http.fault", "envoy.filters.http.cors",
                                             "envoy.filters.http.router"}));
}

TEST(Hcm, GrpcWebIsTurnedIntoGrpcFirst) {
  HcmOptions options;
  options.protocol = mesh::Protocol::kGrpcWeb;
  const auto hcm = make(ListenerClass::kGateway, {}, options);
  EXPECT_EQ(hcm.http_filters(0).name(), "envoy.filters.http.grpc_web");
  EXPECT_EQ(hcm.http_filters(0).typed_config().type_url(), "type.googleapis.com/envoy.extensions.filters.http.grpc_web.v3.GrpcWeb");
}

TEST(Hcm, HeaderCaseIsKeptWhereAsked) {
  MeshConfig config;
  config.mutable_default_config()->mutable_proxy_headers()->mutable_preserve_http1_header_case()->set_value(true);
  EXPECT_EQ(make(ListenerClass::kSidecarOutbound, config).http_protocol_options().header_key_format().stateful_formatter().name(),
            "preserve_case");
}

TEST(Hcm, OutboundTrustsNobodyAndSaysEnvoy) {
  const auto hcm = make(ListenerClass::kSidecarOutbound);
  EXPECT_FALSE(hcm.use_remote_address().value());
  EXPECT_EQ(hcm.server_name(), "");
  EXPECT_EQ(hcm.upgrade_configs(0).upgrade_type(), "websocket");
  EXPECT_TRUE(hcm.has_stream_idle_timeout());
  EXPECT_EQ(hcm.stream_idle_timeout().seconds(), 0);
  EXPECT_TRUE(hcm.normalize_path().value());
  EXPECT_FALSE(hcm.merge_slashes());
  EXPECT_EQ(hcm.rds().route_config_name(), "80");
  EXPECT_TRUE(hcm.rds().config_source().has_ads());
  EXPECT_EQ(hcm.rds().config_source().resource_api_version(), envoy::config::core::v3::V3);
  EXPECT_TRUE(hcm.rds().config_source().has_initial_fetch_timeout());
}

TEST(Hcm, GatewaysTakeTheClientsAddressAndCertificate) {
  const auto hcm = make(ListenerClass::kGateway);
  EXPECT_TRUE(hcm.use_remote_address().value());
  EXPECT_EQ(hcm.server_name(), "istio-envoy");
  EXPECT_EQ(hcm.xff_num_trusted_hops(), 0u);
  EXPECT_EQ(hcm.forward_client_cert_details(), HttpConnectionManager::SANITIZE_SET);
  EXPECT_TRUE(hcm.set_current_client_cert_details().subject().value());
}

TEST(Hcm, GatewayTopologySaysWhoIsTrusted) {
  MeshConfig config;
  auto* topology = config.mutable_default_config()->mutable_gateway_topology();
  topology->set_num_trusted_proxies(2);
  topology->set_forward_client_cert_details(ForwardClientCertDetails::ALWAYS_FORWARD_ONLY);
  const auto hcm = make(ListenerClass::kGateway, config);
  EXPECT_EQ(hcm.xff_num_trusted_hops(), 2u);
  EXPECT_EQ(hcm.forward_client_cert_details(), HttpConnectionManager::ALWAYS_FORWARD_ONLY);
  EXPECT_FALSE(hcm.has_set_current_client_cert_details());
}

TEST(Hcm, InboundAppendsTheClientsIdentity) {
  HcmOptions grpc;
  grpc.protocol = mesh::Protocol::kGrpc;
  const auto hcm = make(ListenerClass::kSidecarInbound, {}, grpc);
  EXPECT_EQ(hcm.server_name(), "istio-envoy");
  EXPECT_EQ(hcm.forward_client_cert_details(), HttpConnectionManager::APPEND_FORWARD);
  EXPECT_TRUE(hcm.set_current_client_cert_details().uri());
  EXPECT_FALSE(hcm.set_current_client_cert_details().cert());
  EXPECT_TRUE(hcm.has_http2_protocol_options());
  EXPECT_FALSE(make(ListenerClass::kSidecarInbound).has_http2_protocol_options());
}

TEST(Hcm, PathNormalizationFollowsTheMesh) {
  using Kind = istio::mesh::v1alpha1::MeshConfig_ProxyPathNormalization;
  const auto with = [](Kind::NormalizationType type) {
    MeshConfig config;
    config.mutable_path_normalization()->set_normalization(type);
    return make(ListenerClass::kGateway, config);
  };
  EXPECT_FALSE(with(Kind::NONE).normalize_path().value());
  EXPECT_TRUE(with(Kind::BASE).normalize_path().value());
  EXPECT_TRUE(with(Kind::MERGE_SLASHES).merge_slashes());
  EXPECT_EQ(with(Kind::DECODE_AND_MERGE_SLASHES).path_with_escaped_slashes_action(), HttpConnectionManager::UNESCAPE_AND_FORWARD);
}

TEST(Hcm, ProxyHeadersCanBeTurnedOff) {
  MeshConfig config;
  auto* headers = config.mutable_default_config()->mutable_proxy_headers();
  headers->mutable_server()->mutable_disabled()->set_value(true);
  headers->mutable_request_id()->mutable_disabled()->set_value(true);
  headers->mutable_envoy_debug_headers()->mutable_disabled()->set_value(true);
  headers->mutable_x_forwarded_port()->mutable_enabled()->set_value(true);
  const auto hcm = make(ListenerClass::kGateway, config);
  EXPECT_EQ(hcm.server_name(), "");
  EXPECT_EQ(hcm.server_header_transformation(), HttpConnectionManager::PASS_THROUGH);
  EXPECT_FALSE(hcm.generate_request_id().value());
  EXPECT_TRUE(hcm.append_x_forwarded_port());
  envoy::extensions::filters::http::router::v3::Router router;
  ASSERT_TRUE(hcm.http_filters().rbegin()->typed_config().UnpackTo(&router));
  EXPECT_TRUE(router.suppress_envoy_headers());
}

TEST(Hcm, Http10AndAbsoluteUrlsOnlyWhereAsked) {
  HcmOptions options;
  options.http10 = options.absolute_urls = true;
  EXPECT_TRUE(make(ListenerClass::kSidecarOutbound, {}, options).http_protocol_options().accept_http_10());
  EXPECT_TRUE(make(ListenerClass::kSidecarOutbound, {}, options).http_protocol_options().allow_absolute_url().value());
  EXPECT_FALSE(make(ListenerClass::kSidecarOutbound).has_http_protocol_options());
}

TEST(Hcm, TheEdgeProfileFillsWhatTheUserLeftOutAndOnlyForGateways) {
  MeshConfig config;
  auto* settings = config.mutable_default_config()->mutable_connection_settings();
  settings->set_profile(istio::mesh::v1alpha1::ProxyConfig_ConnectionSettings::EDGE);
  settings->mutable_http_idle_timeout()->set_seconds(7);
  const auto edge = make(ListenerClass::kGateway, config);
  EXPECT_EQ(edge.common_http_protocol_options().idle_timeout().seconds(), 7);
  EXPECT_EQ(edge.stream_idle_timeout().seconds(), 300);
  EXPECT_EQ(edge.http2_protocol_options().max_concurrent_streams().value(), 100u);
  EXPECT_TRUE(edge.merge_slashes());
  EXPECT_EQ(edge.path_with_escaped_slashes_action(), HttpConnectionManager::UNESCAPE_AND_REDIRECT);
  EXPECT_EQ(edge.common_http_protocol_options().headers_with_underscores_action(),
            envoy::config::core::v3::HttpProtocolOptions::REJECT_REQUEST);
  const auto sidecar = make(ListenerClass::kSidecarOutbound, config);
  EXPECT_EQ(sidecar.stream_idle_timeout().seconds(), 0);
  EXPECT_EQ(sidecar.common_http_protocol_options().idle_timeout().seconds(), 7);
}

TEST(Hcm, NegativeLimitsCountAsUnset) {
  MeshConfig config;
  config.mutable_default_config()->mutable_connection_settings()->mutable_http_max_concurrent_streams()->set_value(-1);
  EXPECT_FALSE(make(ListenerClass::kGateway, config).has_http2_protocol_options());
}

}  // namespace
}  // namespace amime::translate
