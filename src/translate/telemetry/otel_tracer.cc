#include "translate/telemetry/otel_tracer.h"

#include <fmt/format.h>

#include "envoy/config/trace/v3/http_tracer.pb.h"
#include "envoy/config/trace/v3/opentelemetry.pb.h"
#include "envoy/extensions/tracers/opentelemetry/samplers/v3/dynatrace_sampler.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/pack.h"
#include "translate/telemetry/collector.h"
#include "translate/telemetry/http_service.h"
#include "translate/type_urls.h"

namespace amime::translate {
namespace {

using envoy::config::trace::v3::OpenTelemetryConfig;
using envoy::extensions::tracers::opentelemetry::samplers::v3::DynatraceSamplerConfig;
using Otel = istio::mesh::v1alpha1::MeshConfig_ExtensionProvider_OpenTelemetryTracingProvider;

std::string url(const Collector& to, std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  return fmt::format("{}/{}", to.host, path);
}

bool by_convention(const Otel& otel) {
  return otel.service_attribute_enrichment() == istio::mesh::v1alpha1::MeshConfig_ExtensionProvider::OTEL_SEMANTIC_CONVENTIONS;
}

// service.name as OpenTelemetry's conventions for Kubernetes have it: labels, then the workload, then the pod.
std::string conventional_name(View& view) {
  const auto& labels = view.proxy_labels();
  for (const auto key : {"app.kubernetes.io/instance", "app.kubernetes.io/name"})
    if (const auto label = labels.find(key); label != labels.end() && !label->second.empty()) return label->second;
  const auto& proxy = view.proxy_identity();
  if (!proxy.workload.empty()) return proxy.workload;
  const std::string pod = proxy.id.substr(0, proxy.id.find('.'));
  return pod.empty() ? "unknown_service" : pod;
}

void add_detector(std::string_view name, std::string_view type, OpenTelemetryConfig* config) {
  auto* detector = config->add_resource_detectors();
  detector->set_name(fmt::format("envoy.tracers.opentelemetry.resource_detectors.{}", name));
  detector->mutable_typed_config()->set_type_url(
      fmt::format("type.googleapis.com/envoy.extensions.tracers.opentelemetry.resource_detectors.v3.{}ResourceDetectorConfig", type));
}

void add_detectors(const Otel& otel, OpenTelemetryConfig* config) {
  // OTEL_RESOURCE_ATTRIBUTES is where the conventions' other attributes come from.
  if (otel.resource_detectors().has_environment() || by_convention(otel)) add_detector("environment", "Environment", config);
  if (otel.resource_detectors().has_dynatrace()) add_detector("dynatrace", "Dynatrace", config);
}

void set_exporter(const Otel& otel, const Collector& to, OpenTelemetryConfig* config) {
  if (otel.has_http()) {
    auto* http = config->mutable_http_service();
    fill_http_service(to, url(to, otel.http().path()), otel.http().headers(), http);
    *http->mutable_http_uri()->mutable_timeout() = otel.http().timeout();
    return;
  }
  auto* grpc = config->mutable_grpc_service();
  set_collector(to, grpc);
  if (otel.grpc().has_timeout()) *grpc->mutable_timeout() = otel.grpc().timeout();
  for (const auto& header : otel.grpc().initial_metadata()) {
    auto* metadata = grpc->add_initial_metadata();
    metadata->set_key(header.name());
    metadata->set_value(header_value(header));
  }
}

// Dynatrace's own API tells how much is kept: that of the exporter, unless the sampler names another.
bool set_sampler(View& view, const Otel& otel, const Collector& exporter, Tracer* tracer, OpenTelemetryConfig* config) {
  const auto& sampler = otel.dynatrace_sampler();
  DynatraceSamplerConfig out;
  out.set_tenant(sampler.tenant());
  out.set_cluster_id(sampler.cluster_id());
  out.set_root_spans_per_minute(sampler.root_spans_per_minute());
  auto* http = out.mutable_http_service();
  if (sampler.has_http_service()) {
    const auto& api = sampler.http_service();
    const auto to = collector(view, api.service(), api.port());
    if (!to) return false;
    fill_http_service(*to, url(*to, api.http().path()), api.http().headers(), http);
    *http->mutable_http_uri()->mutable_timeout() = api.http().timeout();
    tracer->clusters.push_back(to->cluster);
  } else {
    if (!otel.has_http()) return false;
    fill_http_service(exporter, url(exporter, "api/v2/samplingConfiguration"), otel.http().headers(), http);
    *http->mutable_http_uri()->mutable_timeout() = otel.http().timeout();
  }
  tracer->samples_itself = true;
  config->mutable_sampler()->set_name("envoy.tracers.opentelemetry.samplers.dynatrace");
  pack(out, config->mutable_sampler()->mutable_typed_config());
  return true;
}

}  // namespace

bool fill_otel_tracer(View& view, const Provider& provider, Tracer* tracer, envoy::config::trace::v3::Tracing_Http* out) {
  const Otel& otel = provider.opentelemetry();
  const auto to = collector(view, otel.service(), otel.port());
  if (!to) return false;
  tracer->clusters.push_back(to->cluster);
  OpenTelemetryConfig config;
  if (otel.has_dynatrace_sampler() && !set_sampler(view, otel, *to, tracer, &config)) return false;
  if (out == nullptr) return true;
  config.set_service_name(by_convention(otel) ? conventional_name(view) : span_service(view));
  set_exporter(otel, *to, &config);
  add_detectors(otel, &config);
  out->set_name("envoy.tracers.opentelemetry");
  pack(config, out->mutable_typed_config());
  return true;
}

std::vector<std::string> otel_tracer_types(const Provider& provider) {
  const Otel& otel = provider.opentelemetry();
  std::vector<std::string> out{OpenTelemetryConfig::descriptor()->full_name()};
  if (otel.has_dynatrace_sampler()) out.emplace_back("envoy.extensions.tracers.opentelemetry.samplers.v3.DynatraceSamplerConfig");
  OpenTelemetryConfig config;
  add_detectors(otel, &config);
  for (const auto& detector : config.resource_detectors()) out.emplace_back(type_of(detector.typed_config().type_url()));
  return out;
}

}  // namespace amime::translate
