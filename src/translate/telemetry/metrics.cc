#include "translate/telemetry/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "envoy/config/accesslog/v3/accesslog.pb.h"
#include "envoy/extensions/access_loggers/stats/v3/stats.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/pack.h"
#include "translate/telemetry/choose_metrics.h"
#include "translate/telemetry/istio_filters.h"
#include "translate/telemetry/metric_labels.h"
#include "translate/telemetry/metric_prefix.h"
#include "translate/telemetry/peer.h"

namespace amime::translate {
namespace {

using envoy::extensions::access_loggers::stats::v3::Config;

// One metric of the family: its name in Telemetry's API and in Prometheus, and what is added for a request or connection.
struct Metric {
  std::string_view api;
  std::string_view name;
  std::string_view value;  // a command operator; empty: one
  Config::Histogram::Unit unit = Config::Histogram::Unspecified;
  bool histogram = false;
};
constexpr Metric kHttp[] = {
    {"REQUEST_COUNT", "istio_requests_total", ""},
    {"REQUEST_DURATION", "istio_request_duration_milliseconds", "%DURATION%", Config::Histogram::Milliseconds, true},
    {"REQUEST_SIZE", "istio_request_bytes", "%DOWNSTREAM_WIRE_BYTES_RECEIVED%", Config::Histogram::Bytes, true},
    {"RESPONSE_SIZE", "istio_response_bytes", "%DOWNSTREAM_WIRE_BYTES_SENT%", Config::Histogram::Bytes, true}};
constexpr Metric kTcp[] = {{"TCP_OPENED_CONNECTIONS", "istio_tcp_connections_opened_total", ""},
                           {"TCP_CLOSED_CONNECTIONS", "istio_tcp_connections_closed_total", ""},
                           {"TCP_SENT_BYTES", "istio_tcp_sent_bytes_total", "%BYTES_SENT%"},
                           {"TCP_RECEIVED_BYTES", "istio_tcp_received_bytes_total", "%BYTES_RECEIVED%"}};

void add_tags(const MetricLabels& labels, const MetricChange& change, Config::Stat* stat) {
  MetricLabels all = labels;
  for (const auto& [name, expression] : change.tags) {
    all.erase(name);
    if (expression) all[name] = fmt::format("%CEL({})%", *expression);
  }
  for (const auto& [name, format] : all) {
    auto* tag = stat->add_tags();
    tag->set_name(name);
    tag->set_value_format(format);
  }
}

void add(const Metric& metric, const MetricLabels& labels, const MetricChange& change, Config* config) {
  if (metric.histogram) {
    auto* histogram = config->add_histograms();
    histogram->mutable_stat()->set_name(std::string(metric.name));
    histogram->set_unit(metric.unit);
    histogram->set_value_format(std::string(metric.value));
    return add_tags(labels, change, histogram->mutable_stat());
  }
  auto* counter = config->add_counters();
  counter->mutable_stat()->set_name(std::string(metric.name));
  if (metric.value.empty())
    counter->mutable_value_fixed()->set_value(1);
  else
    counter->set_value_format(std::string(metric.value));
  add_tags(labels, change, counter->mutable_stat());
}

// What of Envoy counting takes: the logger that counts, what its labels are written in, and how peers learn of each other (peer.h).
constexpr std::string_view kCounting[] = {"envoy.extensions.access_loggers.stats.v3.Config", "envoy.built_in_formatters.cel",
                                          "envoy.extensions.filters.network.set_filter_state.v3.Config",
                                          "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
                                          "envoy.extensions.filters.http.header_to_metadata.v3.Config"};

bool wants_metrics(View& view, ListenerClass listener_class) {
  const MetricChoice choice = choose_metrics(view.telemetries(), view.mesh_config(), listener_class);
  return choice.prometheus && !choice.disabled;
}

}  // namespace

std::string lacks_to_count(View& view) {
  for (const auto part : kCounting)
    if (!view.can_load(part)) return std::string(part);
  return {};
}

void add_metrics(View& view, ListenerClass listener_class, LogPlace place, AccessLogs* logs) {
  if (place == LogPlace::kListener) return;  // a connection that no filter chain takes is nobody's traffic
  const MetricChoice choice = choose_metrics(view.telemetries(), view.mesh_config(), listener_class);
  if (!choice.prometheus || choice.disabled || !counts_requests(view)) return;
  const MetricLabels labels = metric_labels(listener_class, place, view.has_identity());
  Config config;
  config.set_stat_prefix(std::string(kMetricPrefix));
  const auto add_all = [&](const auto& metrics) {
    for (const Metric& metric : metrics) {
      const auto change = choice.changes.find(std::string(metric.api));
      if (change == choice.changes.end())
        add(metric, labels, {}, &config);
      else if (!change->second.disabled)
        add(metric, labels, change->second, &config);
    }
  };
  if (place == LogPlace::kHttp)
    add_all(kHttp);
  else
    add_all(kTcp);
  if (config.counters().empty() && config.histograms().empty()) return;
  AccessLog* log = logs->Add();
  log->set_name("envoy.access_loggers.stats");
  pack(config, log->mutable_typed_config());
}

bool is_counted(std::string_view metric) {
  const auto named = [&](const Metric& m) { return m.api == metric; };
  return std::any_of(std::begin(kHttp), std::end(kHttp), named) || std::any_of(std::begin(kTcp), std::end(kTcp), named);
}

bool tells_peers_apart(View& view) {
  if (choose_metrics({}, view.mesh_config(), ListenerClass::kSidecarOutbound).prometheus) return true;
  return view.telemetry_of_metrics();
}

bool exchanges_over_tcp(View& view) { return has_tcp_exchange(view) && counting_of(view) == Counting::kIstio; }

Counting counting_of(View& view) {
  if (!wants_metrics(view, ListenerClass::kSidecarOutbound) && !wants_metrics(view, ListenerClass::kSidecarInbound)) return Counting::kNot;
  if (has_istio_filters(view)) return Counting::kIstio;
  return lacks_to_count(view).empty() ? Counting::kLogger : Counting::kNot;
}

void add_counting_filters(View& view, ListenerClass listener_class, envoy::config::listener::v3::FilterChain* chain) {
  const Counting counting = counting_of(view);
  if (counting == Counting::kLogger) add_own_facts(chain);
  if (counting != Counting::kIstio) return;
  if (listener_class == ListenerClass::kSidecarInbound) add_istio_exchange(view, chain);
  if (wants_metrics(view, listener_class))
    add_istio_stats(choose_metrics(view.telemetries(), view.mesh_config(), listener_class), listener_class, chain);
}

}  // namespace amime::translate
