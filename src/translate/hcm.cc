#include "translate/hcm.h"

#include "envoy/config/listener/v3/listener_components.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/connection_settings.h"
#include "translate/http_filters.h"
#include "translate/pack.h"
#include "translate/route_config.h"
#include "translate/telemetry/access_log.h"
#include "translate/telemetry/choose_metrics.h"
#include "translate/telemetry/istio_filters.h"
#include "translate/telemetry/metrics.h"
#include "translate/telemetry/peer.h"
#include "translate/telemetry/tracing.h"

namespace amime::translate {
namespace {

using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using istio::mesh::v1alpha1::ForwardClientCertDetails;
using istio::mesh::v1alpha1::MeshConfig;
using istio::mesh::v1alpha1::ProxyConfig;

HttpConnectionManager::ForwardClientCertDetails forward_details(ForwardClientCertDetails value,
                                                                HttpConnectionManager::ForwardClientCertDetails unset) {
  switch (value) {
    case ForwardClientCertDetails::SANITIZE: return HttpConnectionManager::SANITIZE;
    case ForwardClientCertDetails::FORWARD_ONLY: return HttpConnectionManager::FORWARD_ONLY;
    case ForwardClientCertDetails::APPEND_FORWARD: return HttpConnectionManager::APPEND_FORWARD;
    case ForwardClientCertDetails::SANITIZE_SET: return HttpConnectionManager::SANITIZE_SET;
    case ForwardClientCertDetails::ALWAYS_FORWARD_ONLY: return HttpConnectionManager::ALWAYS_FORWARD_ONLY;
    default: return unset;
  }
}

// ProxyConfig.proxyHeaders. Outbound answers say "envoy", which is Envoy's own default; all others say "istio-envoy".
void set_headers(const ProxyConfig& config, ListenerClass listener_class, HttpConnectionManager* hcm) {
  const auto& headers = config.proxy_headers();
  if (listener_class != ListenerClass::kSidecarOutbound) hcm->set_server_name("istio-envoy");
  if (headers.server().disabled().value()) {
    hcm->clear_server_name();
    hcm->set_server_header_transformation(HttpConnectionManager::PASS_THROUGH);
  } else if (!headers.server().value().empty()) {
    hcm->set_server_name(headers.server().value());
  }
  if (headers.request_id().disabled().value()) hcm->mutable_generate_request_id()->set_value(false);
  hcm->set_append_x_forwarded_port(headers.x_forwarded_port().enabled().value());
}

// Which facts of a client's certificate an inbound sidecar writes into x-forwarded-client-cert.
void set_inbound_client_cert(const ProxyConfig& config, HttpConnectionManager* hcm) {
  const auto& headers = config.proxy_headers();
  const auto& details = headers.set_current_client_cert_details();
  hcm->set_forward_client_cert_details(forward_details(headers.forwarded_client_cert(), HttpConnectionManager::APPEND_FORWARD));
  auto* set = hcm->mutable_set_current_client_cert_details();
  set->mutable_subject()->set_value(!details.has_subject() || details.subject().value());
  set->set_uri(!details.has_uri() || details.uri().value());
  set->set_dns(!details.has_dns() || details.dns().value());
  set->set_cert(details.cert().value());
  set->set_chain(details.chain().value());
}

// ProxyConfig.gatewayTopology: who stands before the gateway and may be believed.
void set_gateway(const ProxyConfig& config, HttpConnectionManager* hcm) {
  const auto& topology = config.gateway_topology();
  hcm->mutable_use_remote_address()->set_value(true);
  hcm->set_xff_num_trusted_hops(topology.num_trusted_proxies());
  const auto forward = forward_details(topology.forward_client_cert_details(), HttpConnectionManager::SANITIZE_SET);
  hcm->set_forward_client_cert_details(forward);
  hcm->mutable_http_protocol_options();
  if (forward != HttpConnectionManager::APPEND_FORWARD && forward != HttpConnectionManager::SANITIZE_SET) return;
  auto* set = hcm->mutable_set_current_client_cert_details();
  set->mutable_subject()->set_value(true);
  set->set_cert(true);
  set->set_dns(true);
  set->set_uri(true);
}

void set_path_normalization(const MeshConfig& mesh_config, HttpConnectionManager* hcm) {
  using Normalization = istio::mesh::v1alpha1::MeshConfig_ProxyPathNormalization;
  const auto kind = mesh_config.path_normalization().normalization();
  hcm->mutable_normalize_path()->set_value(kind != Normalization::NONE);
  hcm->set_path_with_escaped_slashes_action(HttpConnectionManager::KEEP_UNCHANGED);
  if (kind == Normalization::MERGE_SLASHES || kind == Normalization::DECODE_AND_MERGE_SLASHES) hcm->set_merge_slashes(true);
  if (kind == Normalization::DECODE_AND_MERGE_SLASHES)
    hcm->set_path_with_escaped_slashes_action(HttpConnectionManager::UNESCAPE_AND_FORWARD);
}

// ProxyConfig.proxyHeaders.preserveHttp1HeaderCase, for applications that take "Host" and "host" for two headers.
void preserve_header_case(HttpConnectionManager* hcm) {
  auto* formatter = hcm->mutable_http_protocol_options()->mutable_header_key_format()->mutable_stateful_formatter();
  formatter->set_name("preserve_case");
  formatter->mutable_typed_config()->set_type_url(
      "type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig");
}

void set_routes(const HcmOptions& options, HttpConnectionManager* hcm) {
  if (options.inline_table != nullptr) {
    *hcm->mutable_route_config() = *options.inline_table;
    return;
  }
  auto* rds = hcm->mutable_rds();
  rds->set_route_config_name(options.route_table);
  auto* source = rds->mutable_config_source();
  source->mutable_ads();
  source->set_resource_api_version(envoy::config::core::v3::V3);
  // Zero: wait for the table for as long as it takes, rather than serve 404 in the meantime.
  source->mutable_initial_fetch_timeout();
}

PeerExchange peers_of(Counting counting, const HcmOptions& options) {
  if (counting == Counting::kNot) return PeerExchange::kNone;
  if (counting == Counting::kIstio) return PeerExchange::kIstio;
  return options.listener_class == ListenerClass::kSidecarInbound ? PeerExchange::kReads : PeerExchange::kTells;
}

}  // namespace

void add_hcm(View& view, const HcmOptions& options, envoy::config::listener::v3::FilterChain* chain) {
  const ProxyConfig config = view.proxy_config();
  const Counting counting = counting_of(view);
  MetricChoice metrics;  // for Istio's filter; the logger chooses itself
  if (counting == Counting::kIstio) metrics = choose_metrics(view.telemetries(), view.mesh_config(), options.listener_class);
  HttpConnectionManager hcm;
  hcm.set_codec_type(HttpConnectionManager::AUTO);
  hcm.set_stat_prefix(options.stat_prefix);
  hcm.mutable_use_remote_address()->set_value(false);
  hcm.set_proxy_100_continue(true);
  hcm.mutable_stream_idle_timeout();  // zero: none; a route's own timeout decides
  hcm.add_upgrade_configs()->set_upgrade_type("websocket");
  if (options.http10) hcm.mutable_http_protocol_options()->set_accept_http_10(true);
  if (options.absolute_urls) hcm.mutable_http_protocol_options()->mutable_allow_absolute_url()->set_value(true);
  if (proxy_headers(config).preserve_case) preserve_header_case(&hcm);
  set_headers(config, options.listener_class, &hcm);
  set_path_normalization(view.mesh_config(), &hcm);
  if (options.listener_class == ListenerClass::kSidecarInbound) {
    set_inbound_client_cert(config, &hcm);
    if (mesh::is_http2(options.protocol)) hcm.mutable_http2_protocol_options();
  }
  if (options.listener_class == ListenerClass::kGateway) set_gateway(config, &hcm);
  apply_connection_settings(connection_settings(config, options.listener_class == ListenerClass::kGateway), &hcm);
  set_routes(options, &hcm);
  add_access_logs(view, options.listener_class, LogPlace::kHttp, hcm.mutable_access_log());
  add_metrics(view, options.listener_class, LogPlace::kHttp, hcm.mutable_access_log());
  set_tracing(view, config, options.listener_class, &hcm);
  HttpFilterOptions filters = options.filters;
  filters.protocol = options.protocol;
  filters.suppress_debug_headers = config.proxy_headers().envoy_debug_headers().disabled().value();
  filters.peers = peers_of(counting, options);
  filters.listener_class = options.listener_class;
  filters.istio_alpn = options.listener_class != ListenerClass::kSidecarInbound && has_alpn_filter(view);
  if (metrics.prometheus && !metrics.disabled) filters.istio_stats = &metrics;
  add_http_filters(filters, &hcm);

  if (counting == Counting::kLogger) add_own_facts(chain);
  if (counting == Counting::kIstio && options.listener_class == ListenerClass::kSidecarInbound) add_istio_exchange(view, chain);
  auto* filter = chain->add_filters();
  filter->set_name("envoy.filters.network.http_connection_manager");
  pack(hcm, filter->mutable_typed_config());
}

}  // namespace amime::translate
