#include "translate/telemetry/tracer.h"

#include <fmt/format.h>

#include "envoy/config/trace/v3/datadog.pb.h"
#include "envoy/config/trace/v3/http_tracer.pb.h"
#include "envoy/config/trace/v3/skywalking.pb.h"
#include "envoy/config/trace/v3/zipkin.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/pack.h"
#include "translate/telemetry/collector.h"
#include "translate/telemetry/http_service.h"
#include "translate/telemetry/otel_tracer.h"

namespace amime::translate {
namespace {

using envoy::config::trace::v3::DatadogConfig;
using envoy::config::trace::v3::SkyWalkingConfig;
using envoy::config::trace::v3::Tracing_Http;
using envoy::config::trace::v3::ZipkinConfig;
using Zipkin = istio::mesh::v1alpha1::MeshConfig_ExtensionProvider_ZipkinTracingProvider;

constexpr int kDefaultTimeoutSeconds = 5;
// What an Envoy of an Istio release knows of ZipkinConfig.
constexpr int kKnowsTraceContext = 28, kKnowsCollectorService = 29;

void set(std::string_view name, const google::protobuf::Message& config, Tracing_Http* out) {
  out->set_name(std::string(name));
  pack(config, out->mutable_typed_config());
}

void fill_zipkin(View& view, const Zipkin& zipkin, const Collector& to, Tracing_Http* out) {
  const std::string path = zipkin.path().empty() ? "/api/v2/spans" : zipkin.path();
  ZipkinConfig config;
  config.set_collector_endpoint_version(ZipkinConfig::HTTP_JSON);
  config.set_trace_id_128bit(!zipkin.enable_64bit_trace_id());
  config.mutable_shared_span_context()->set_value(false);
  if (view.proxy_at_least(kKnowsCollectorService)) {
    auto* service = config.mutable_collector_service();
    fill_http_service(to, fmt::format("http://{}{}", to.host, path), zipkin.headers(), service);
    auto* timeout = service->mutable_http_uri()->mutable_timeout();
    timeout->set_seconds(kDefaultTimeoutSeconds);
    if (zipkin.has_timeout()) *timeout = zipkin.timeout();
  } else {
    config.set_collector_cluster(to.cluster);
    config.set_collector_endpoint(path);
    config.set_collector_hostname(to.host);
  }
  if (zipkin.trace_context_option() == Zipkin::USE_B3_WITH_W3C_PROPAGATION && view.proxy_at_least(kKnowsTraceContext))
    config.set_trace_context_option(ZipkinConfig::USE_B3_WITH_W3C_PROPAGATION);
  set("envoy.tracers.zipkin", config, out);
}

void fill_datadog(View& view, const Collector& to, Tracing_Http* out) {
  DatadogConfig config;
  config.set_collector_cluster(to.cluster);
  config.set_collector_hostname(to.host);
  config.set_service_name(span_service(view));
  set("envoy.tracers.datadog", config, out);
}

void fill_skywalking(const Collector& to, Tracing_Http* out) {
  SkyWalkingConfig config;
  set_collector(to, config.mutable_grpc_service());
  set("envoy.tracers.skywalking", config, out);
}

// Of the tracers that differ in little else.
template <class Given>
bool find(View& view, const Given& given, Tracer* tracer, std::optional<Collector>* to) {
  *to = collector(view, given.service(), given.port());
  if (*to) tracer->clusters.push_back((*to)->cluster);
  return to->has_value();
}

}  // namespace

bool provides_traces(const Provider& provider) {
  return provider.has_zipkin() || provider.has_datadog() || provider.has_skywalking() || provider.has_opentelemetry();
}

bool fill_tracer(View& view, const Provider& provider, Tracer* tracer, Tracing_Http* out) {
  tracer->span_for_upstream = view.is_router();
  std::optional<Collector> to;
  if (provider.has_zipkin()) {
    tracer->longest_path = provider.zipkin().max_tag_length();
    if (!find(view, provider.zipkin(), tracer, &to)) return false;
    if (out) fill_zipkin(view, provider.zipkin(), *to, out);
    return true;
  }
  if (provider.has_datadog()) {
    tracer->longest_path = provider.datadog().max_tag_length();
    if (!find(view, provider.datadog(), tracer, &to)) return false;
    if (out) fill_datadog(view, *to, out);
    return true;
  }
  if (provider.has_skywalking()) {
    tracer->span_for_upstream = true;
    if (!find(view, provider.skywalking(), tracer, &to)) return false;
    if (out) fill_skywalking(*to, out);
    return true;
  }
  if (!provider.has_opentelemetry()) return false;
  tracer->longest_path = provider.opentelemetry().max_tag_length();
  return fill_otel_tracer(view, provider, tracer, out);
}

std::vector<std::string> tracer_lacks(View& view, const Provider& provider) {
  std::vector<std::string> types;
  if (provider.has_zipkin()) types.push_back(ZipkinConfig::descriptor()->full_name());
  if (provider.has_datadog()) types.push_back(DatadogConfig::descriptor()->full_name());
  if (provider.has_skywalking()) types.push_back(SkyWalkingConfig::descriptor()->full_name());
  if (provider.has_opentelemetry()) types = otel_tracer_types(provider);
  std::erase_if(types, [&](const std::string& type) { return view.can_load(type); });
  return types;
}

}  // namespace amime::translate
