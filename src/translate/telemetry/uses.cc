#include "translate/telemetry/uses.h"

#include <fmt/format.h>

#include "mesh/v1alpha1/config.pb.h"
#include "telemetry/v1alpha1/telemetry.pb.h"
#include "translate/telemetry/access_log.h"
#include "translate/telemetry/choose_metrics.h"
#include "translate/telemetry/log_provider.h"
#include "translate/telemetry/metric_prefix.h"
#include "translate/telemetry/metrics.h"
#include "translate/telemetry/trace_tags.h"
#include "translate/telemetry/tracer.h"

namespace amime::translate {
namespace {

class Collecting {
 public:
  Collecting(View& view, ListenerClass listener_class) : view_(view), class_(listener_class) {}

  TelemetryUses run() {
    const auto telemetries = view_.telemetries();
    for (const auto& object : telemetries) out_.from.push_back(object->key);
    add_logs(telemetries);
    add_traces(telemetries);
    add_metrics(telemetries);
    return std::move(out_);
  }

 private:
  void add_logs(const std::vector<mesh::ObjectPtr>& telemetries) {
    const auto choices = choose_logs(telemetries, view_.mesh_config(), class_);
    if (!choices) return;
    for (const auto& choice : *choices) {
      if (choice.disabled) continue;
      const Provider* provider = known(choice.provider, "accessLogging");
      if (!provider) continue;
      if (!provides_logs(*provider)) {
        note("accessLogging", fmt::format("extension provider {} has no access logs", choice.provider));
        continue;
      }
      const auto cluster = log_cluster(view_, *provider);
      if (!cluster) unseen("accessLogging", choice.provider);
      if (cluster && !cluster->empty()) out_.clusters.push_back(*cluster);
      if (cluster) unloadable("accessLogging", choice.provider, log_lacks(view_, choice));
    }
  }

  void add_traces(const std::vector<mesh::ObjectPtr>& telemetries) {
    const auto choice = choose_tracing(telemetries, view_.mesh_config(), class_);
    if (!choice || choice->disabled || choice->provider.empty()) return;
    const Provider* provider = known(choice->provider, "tracing");
    if (!provider) return;
    if (!provides_traces(*provider)) return note("tracing", fmt::format("extension provider {} has no tracer", choice->provider));
    Tracer tracer;
    if (!fill_tracer(view_, *provider, &tracer, nullptr)) return unseen("tracing", choice->provider);
    if (unloadable("tracing", choice->provider, tracer_lacks(view_, *provider))) return;
    out_.clusters.insert(out_.clusters.end(), tracer.clusters.begin(), tracer.clusters.end());
    for (const auto& [name, tag] : choice->tags)
      if (tag->has_formatter() && !knows_format_tags(view_))
        note("tracing[].customTags", fmt::format("tag {} is left out for proxies older than Envoy 1.37", name));
    if (!choice->propagate) note("tracing[].disableContextPropagation", "Envoy has no such setting: trace headers are sent on");
  }

  void add_metrics(const std::vector<mesh::ObjectPtr>& telemetries) {
    const MetricChoice choice = choose_metrics(telemetries, view_.mesh_config(), class_);
    const bool istio = counting_of(view_) == Counting::kIstio;  // it counts whatever it is told to
    for (const auto& [name, change] : choice.changes)
      if (!istio && choice.named.contains(name) && !is_counted(name))
        note("metrics[].overrides", fmt::format("proxies do not count {}", name));
    if (choice.prometheus && !choice.disabled && !istio) add_uncounted();
    for (const auto& name : choice.others)
      if (known(name, "metrics"))
        note("metrics", fmt::format("extension provider {} is not Prometheus: proxies count for nothing else", name));
  }

  void add_uncounted() {
    if (const std::string lacks = lacks_to_count(view_); !lacks.empty())
      note("metrics", fmt::format("not counted by proxies whose Envoy was built without {}", lacks));
    else if (!can_name_metrics(view_))
      note("metrics", fmt::format("called envoy_{}_istio_... by proxies whose Envoy was built without Wasm", kMetricPrefix));
  }

  const Provider* known(const std::string& name, const char* field) {
    const Provider* provider = find_provider(view_.mesh_config(), name);
    if (!provider) note(field, fmt::format("MeshConfig.extensionProviders has no {}", name), "dangling");
    return provider;
  }

  // False: nothing lacks.
  bool unloadable(const char* field, const std::string& provider, const std::vector<std::string>& lacks) {
    if (lacks.empty()) return false;
    note(field,
         fmt::format("extension provider {} is left out for proxies whose Envoy was built without {}", provider, fmt::join(lacks, ", ")));
    return true;
  }

  void unseen(const char* field, const std::string& name) {
    note(field, fmt::format("the service of extension provider {} has no such port, or not all proxies that this means see it", name),
         "dangling");
  }

  // Of the objects that count the last one is the most likely to have asked for it; without any it is MeshConfig.
  void note(const char* field, std::string text, const char* code = "not-honoured") {
    if (out_.from.empty())
      out_.notes.push_back({{mesh::Kind::kMeshConfig, "", "istio"}, code, "defaultProviders", std::move(text)});
    else
      out_.notes.push_back({out_.from.back(), code, std::string("spec.") + field, std::move(text)});
  }

  View& view_;
  const ListenerClass class_;
  TelemetryUses out_;
};

}  // namespace

TelemetryUses telemetry_uses(View& view, ListenerClass listener_class) { return Collecting(view, listener_class).run(); }

}  // namespace amime::translate
