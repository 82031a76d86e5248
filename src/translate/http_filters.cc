#include "translate/http_filters.h"

#include "envoy/extensions/filters/http/cors/v3/cors.pb.h"
#include "envoy/extensions/filters/http/fault/v3/fault.pb.h"
#include "envoy/extensions/filters/http/grpc_stats/v3/config.pb.h"
#include "envoy/extensions/filters/http/router/v3/router.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "translate/dynamic_dns.h"
#include "translate/pack.h"
#include "translate/telemetry/istio_filters.h"
#include "translate/telemetry/peer.h"

namespace amime::translate {
namespace {

using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;

void add(std::string_view name, const google::protobuf::Message& config, HttpConnectionManager* hcm) {
  auto* filter = hcm->add_http_filters();
  filter->set_name(std::string(name));
  pack(config, filter->mutable_typed_config());
}

// A filter that has nothing to configure needs none of its generated code.
void add_unconfigured(std::string_view name, std::string_view type, HttpConnectionManager* hcm) {
  auto* filter = hcm->add_http_filters();
  filter->set_name(std::string(name));
  filter->mutable_typed_config()->set_type_url("type.googleapis.com/" + std::string(type));
}

envoy::extensions::filters::http::grpc_stats::v3::FilterConfig grpc_stats() {
  envoy::extensions::filters::http::grpc_stats::v3::FilterConfig config;
  config.set_emit_filter_state(true);
  config.mutable_stats_for_all_methods()->set_value(false);
  return config;
}

envoy::extensions::filters::http::router::v3::Router router(bool suppress_debug_headers) {
  envoy::extensions::filters::http::router::v3::Router config;
  config.set_suppress_envoy_headers(suppress_debug_headers);
  return config;
}

}  // namespace

// Names and order are Istio's, since EnvoyFilters place their own filters relative to them. Istio's own extensions (istio.stats,
// istio.metadata_exchange) stand between these in its proxies; stock Envoy refuses a listener that names them.
void add_http_filters(const HttpFilterOptions& options, HttpConnectionManager* hcm) {
  // Where Istio's proxies have istio.metadata_exchange.
  if (options.peers == PeerExchange::kIstio) add_istio_exchange(options.listener_class, hcm);
  if (options.peers == PeerExchange::kReads) add_peer_reader(hcm);
  if (options.peers == PeerExchange::kTells) add_peer_sender(hcm);
  // Then what judges a request, then what counts.
  add_plugins(options.plugins, options.judges, hcm);
  // Browsers' gRPC becomes gRPC before anything looks at it.
  if (options.protocol == mesh::Protocol::kGrpcWeb)
    add_unconfigured("envoy.filters.http.grpc_web", "envoy.extensions.filters.http.grpc_web.v3.GrpcWeb", hcm);
  // gRPC counters see requests as the client sent them, also those that a fault ends.
  add("envoy.filters.http.grpc_stats", grpc_stats(), hcm);
  if (options.istio_alpn) add_alpn_filter(hcm);
  // Faults before CORS: an aborted preflight is aborted. Both do nothing but what a route's own configuration says.
  add("envoy.filters.http.fault", envoy::extensions::filters::http::fault::v3::HTTPFault(), hcm);
  add("envoy.filters.http.cors", envoy::extensions::filters::http::cors::v3::Cors(), hcm);
  if (options.istio_stats) add_istio_stats(*options.istio_stats, options.listener_class, hcm);
  if (options.dns_cache) add_dynamic_dns(*options.dns_cache, hcm);
  // The router ends every chain.
  add("envoy.filters.http.router", router(options.suppress_debug_headers), hcm);
}

}  // namespace amime::translate
