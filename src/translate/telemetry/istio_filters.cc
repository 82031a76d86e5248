#include "translate/telemetry/istio_filters.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "envoy/config/listener/v3/listener_components.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "translate/envoy_any.h"
#include "translate/telemetry/choose_metrics.h"

namespace amime::translate {
namespace {

using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using nlohmann::json;

constexpr const char* kExchangeName = "istio.metadata_exchange";
constexpr const char* kStatsName = "istio.stats";
constexpr const char* kStats = "stats.PluginConfig";
constexpr const char* kHttpExchange = "io.istio.http.peer_metadata.Config";
constexpr const char* kAlpn = "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig";
constexpr const char* kTcpExchange = "envoy.tcp.metadataexchange.config.MetadataExchange";

// Telemetry's names of metrics, and those that the filter counts under, without its prefix istio_.
constexpr std::pair<std::string_view, std::string_view> kMetrics[] = {{"REQUEST_COUNT", "requests_total"},
                                                                      {"REQUEST_DURATION", "request_duration_milliseconds"},
                                                                      {"REQUEST_SIZE", "request_bytes"},
                                                                      {"RESPONSE_SIZE", "response_bytes"},
                                                                      {"TCP_OPENED_CONNECTIONS", "tcp_connections_opened_total"},
                                                                      {"TCP_CLOSED_CONNECTIONS", "tcp_connections_closed_total"},
                                                                      {"TCP_SENT_BYTES", "tcp_sent_bytes_total"},
                                                                      {"TCP_RECEIVED_BYTES", "tcp_received_bytes_total"},
                                                                      {"GRPC_REQUEST_MESSAGES", "request_messages_total"},
                                                                      {"GRPC_RESPONSE_MESSAGES", "response_messages_total"}};

std::string counted_as(const std::string& metric) {
  for (const auto& [api, name] : kMetrics)
    if (api == metric) return std::string(name);
  return metric;  // one of the user's own
}

// These messages are not of Envoy's API: as JSON in a TypedStruct, which Envoy reads as the type that it names.
template <class Filter>
void fill(const char* name, const char* type, const json& config, Filter* filter) {
  filter->set_name(name);
  const json wrapped = {{"type_url", std::string("type.googleapis.com/") + type}, {"value", config}};
  pack_json("udpa.type.v1.TypedStruct", wrapped.dump(-1, ' ', false, json::error_handler_t::replace), filter->mutable_typed_config());
}

json metric_of(const std::string& name, const MetricChange& change) {
  json out = {{"name", counted_as(name)}};
  if (change.disabled) out["drop"] = true;
  for (const auto& [tag, expression] : change.tags) {
    if (expression)
      out["dimensions"][tag] = *expression;
    else
      out["tags_to_remove"].push_back(tag);
  }
  return out;
}

// Of a server, and of a gateway, the host that clients ask for may be anything.
json stats_config(const MetricChoice& choice, ListenerClass listener_class) {
  json config = json::object();
  if (listener_class != ListenerClass::kSidecarOutbound) config["disable_host_header_fallback"] = true;
  for (const auto& [name, change] : choice.changes) config["metrics"].push_back(metric_of(name, change));
  return config;
}

}  // namespace

bool has_tcp_exchange(View& view) { return view.lists(kTcpExchange); }
bool has_alpn_filter(View& view) { return view.lists(kAlpn); }

void add_alpn_filter(HttpConnectionManager* hcm) {
  const auto spoken = [](const char* upstream, const char* http, const char* plain) {
    return json{{"upstream_protocol", upstream}, {"alpn_override", {http, "istio", plain}}};
  };
  fill("istio.alpn", kAlpn,
       {{"alpn_override", json::array({spoken("HTTP10", "istio-http/1.0", "http/1.0"), spoken("HTTP11", "istio-http/1.1", "http/1.1"),
                                       spoken("HTTP2", "istio-h2", "h2")})}},
       hcm->add_http_filters());
}

bool has_istio_filters(View& view) { return view.lists(kStats) && view.lists(kHttpExchange); }

void add_istio_exchange(ListenerClass listener_class, HttpConnectionManager* hcm) {
  const bool inbound = listener_class == ListenerClass::kSidecarInbound;
  const std::string side = inbound ? "downstream" : "upstream";
  const json headers = {{"istio_headers", json::object()}};
  fill(kExchangeName, kHttpExchange,
       {{side + "_discovery", json::array({headers, {{"workload_discovery", json::object()}}})},
        {side + "_propagation", json::array({headers})}},
       hcm->add_http_filters());
}

void add_istio_stats(const MetricChoice& choice, ListenerClass listener_class, HttpConnectionManager* hcm) {
  fill(kStatsName, kStats, stats_config(choice, listener_class), hcm->add_http_filters());
}

void add_istio_exchange(View& view, envoy::config::listener::v3::FilterChain* chain) {
  if (!view.lists(kTcpExchange)) return;
  fill(kExchangeName, kTcpExchange, {{"protocol", "istio-peer-exchange"}, {"enable_discovery", true}}, chain->add_filters());
  auto* filters = chain->mutable_filters();
  std::rotate(filters->begin(), filters->end() - 1, filters->end());
}

void add_istio_stats(const MetricChoice& choice, ListenerClass listener_class, envoy::config::listener::v3::FilterChain* chain) {
  fill(kStatsName, kStats, stats_config(choice, listener_class), chain->add_filters());
}

}  // namespace amime::translate
