#include "translate/telemetry/choose_metrics.h"

#include <algorithm>

#include "mesh/v1alpha1/config.pb.h"
#include "telemetry/v1alpha1/telemetry.pb.h"
#include "translate/telemetry/choose.h"
#include "translate/telemetry/workload_mode.h"

namespace amime::translate {
namespace {

using istio::mesh::v1alpha1::MeshConfig;
using istio::telemetry::v1alpha1::MetricSelector;
using istio::telemetry::v1alpha1::MetricsOverrides;
using istio::telemetry::v1alpha1::Telemetry;
using Names = std::vector<std::string>;

bool means_all(const MetricSelector& match) {
  return match.metric_match_case() != MetricSelector::kCustomMetric && match.metric() == MetricSelector::ALL_METRICS;
}

Names names_of(const MetricSelector& match) {
  if (match.metric_match_case() == MetricSelector::kCustomMetric) return {match.custom_metric()};
  if (!means_all(match)) return {MetricSelector::IstioMetric_Name(match.metric())};
  Names out;
  for (int i = MetricSelector::IstioMetric_MIN; i <= MetricSelector::IstioMetric_MAX; ++i)
    if (i != MetricSelector::ALL_METRICS) out.push_back(MetricSelector::IstioMetric_Name(static_cast<MetricSelector::IstioMetric>(i)));
  return out;
}

void change(const MetricsOverrides& from, MetricChoice* choice) {
  if (means_all(from.match()) && from.disabled().value()) {
    choice->disabled = true;
    return;
  }
  choice->disabled = false;  // whoever speaks of single metrics wants them
  for (const auto& name : names_of(from.match())) {
    if (!means_all(from.match())) choice->named.insert(name);
    auto& to = choice->changes[name];
    if (from.has_disabled()) to.disabled = from.disabled().value();
    for (const auto& [tag, override_] : from.tag_overrides()) {
      to.tags[tag].reset();
      if (override_.operation() != MetricsOverrides::TagOverride::REMOVE) to.tags[tag] = override_.value();
    }
  }
}

}  // namespace

MetricChoice choose_metrics(const std::vector<mesh::ObjectPtr>& telemetries, const MeshConfig& mesh_config, ListenerClass listener_class) {
  const auto& defaults = mesh_config.default_providers().metrics();
  Names providers(defaults.begin(), defaults.end());
  for (const auto& object : telemetries)
    for (const auto& entry : object->spec<Telemetry>().metrics())
      if (!entry.providers().empty()) providers = provider_names(entry);
  MetricChoice out;
  std::set<std::string> counted;  // those that are Prometheus
  for (const auto& name : providers) {
    const Provider* provider = find_provider(mesh_config, name);
    if (provider && provider->has_prometheus())
      counted.insert(name);
    else
      out.others.push_back(name);
  }
  out.prometheus = !counted.empty();
  Names inherited(defaults.begin(), defaults.end());
  for (const auto& object : telemetries) {
    for (const auto& entry : object->spec<Telemetry>().metrics()) {
      if (!entry.providers().empty()) inherited = provider_names(entry);
      if (std::none_of(inherited.begin(), inherited.end(), [&](const auto& name) { return counted.contains(name); })) continue;
      for (const auto& override_ : entry.overrides())
        if (counts_for(override_.match().mode(), listener_class)) change(override_, &out);
    }
  }
  return out;
}

}  // namespace amime::translate
