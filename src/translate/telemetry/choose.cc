#include "translate/telemetry/choose.h"

#include <absl/strings/match.h>
#include <absl/strings/string_view.h>

#include <algorithm>
#include <set>

#include "mesh/v1alpha1/config.pb.h"
#include "telemetry/v1alpha1/telemetry.pb.h"
#include "translate/telemetry/workload_mode.h"

namespace amime::translate {
namespace {

using istio::mesh::v1alpha1::MeshConfig;
using istio::telemetry::v1alpha1::AccessLogging;
using istio::telemetry::v1alpha1::Telemetry;
using Names = std::vector<std::string>;

Names default_logs(const MeshConfig& mesh_config) {
  const auto& names = mesh_config.default_providers().access_logging();
  return {names.begin(), names.end()};
}

// The entries of one object, each with the providers that it means: its own, or those of the entry before.
struct LogEntry {
  const AccessLogging* entry;
  Names providers;
};
using LogScopes = std::vector<std::vector<LogEntry>>;

LogScopes log_scopes(const std::vector<mesh::ObjectPtr>& telemetries, Names inherited) {
  LogScopes out;
  for (const auto& object : telemetries) {
    const auto& entries = object->spec<Telemetry>().access_logging();
    if (entries.empty()) continue;
    auto& scope = out.emplace_back();
    for (const auto& entry : entries) {
      if (!entry.providers().empty()) inherited = provider_names(entry);
      scope.push_back({&entry, inherited});
    }
  }
  return out;
}

// The providers that the last object names which names any; else the mesh's.
std::set<std::string> in_scope(const LogScopes& scopes, const Names& defaults, ListenerClass listener_class) {
  std::set<std::string> out(defaults.begin(), defaults.end());
  for (const auto& scope : scopes) {
    std::set<std::string> names;
    for (const auto& [entry, providers] : scope)
      if (!entry->providers().empty() && counts_for(entry->match().mode(), listener_class))
        names.insert(providers.begin(), providers.end());
    if (!names.empty()) out = std::move(names);
  }
  return out;
}

// A later entry that names the provider, or has a filter, decides what it is told of.
std::map<std::string, std::string> filters(const LogScopes& scopes, ListenerClass listener_class) {
  std::map<std::string, std::string> out;
  for (const auto& scope : scopes)
    for (const auto& [entry, providers] : scope)
      if (counts_for(entry->match().mode(), listener_class) && (entry->has_filter() || !entry->providers().empty()))
        for (const auto& name : providers) out[name] = entry->filter().expression();
  return out;
}

}  // namespace

const Provider* find_provider(const MeshConfig& mesh_config, std::string_view name) {
  const auto& all = mesh_config.extension_providers();
  const auto at = std::find_if(
      all.begin(), all.end(), [&](const auto& p) { return absl::EqualsIgnoreCase(p.name(), absl::string_view(name.data(), name.size())); });
  return at == all.end() ? nullptr : &*at;
}

std::optional<std::vector<LogChoice>> choose_logs(const std::vector<mesh::ObjectPtr>& telemetries, const MeshConfig& mesh_config,
                                                  ListenerClass listener_class) {
  const Names defaults = default_logs(mesh_config);
  const LogScopes scopes = log_scopes(telemetries, defaults);
  if (scopes.empty() && defaults.empty()) return std::nullopt;
  std::map<std::string, LogChoice> out;
  if (scopes.empty())
    for (const auto& name : defaults) out[name] = {name, "", false};
  const auto wanted = in_scope(scopes, defaults, listener_class);
  const auto filter = filters(scopes, listener_class);
  for (const auto& scope : scopes) {
    for (const auto& [entry, providers] : scope) {
      if (!counts_for(entry->match().mode(), listener_class)) continue;
      for (const auto& name : providers) {
        if (!wanted.contains(name)) continue;
        const auto told = filter.find(name);
        out[name] = {name, told == filter.end() ? "" : told->second, entry->disabled().value()};
      }
    }
  }
  std::vector<LogChoice> list;
  for (auto& [name, choice] : out) list.push_back(std::move(choice));
  return list;
}

std::optional<TraceChoice> choose_tracing(const std::vector<mesh::ObjectPtr>& telemetries, const MeshConfig& mesh_config,
                                          ListenerClass listener_class) {
  TraceChoice out;
  const auto& defaults = mesh_config.default_providers().tracing();
  bool any = !defaults.empty();
  if (any) out.provider = defaults[0];
  for (const auto& object : telemetries) {
    for (const auto& entry : object->spec<Telemetry>().tracing()) {
      any = true;
      if (!counts_for(entry.match().mode(), listener_class)) continue;
      if (!entry.providers().empty()) out.provider = entry.providers(0).name();
      if (entry.has_disable_span_reporting()) out.disabled = entry.disable_span_reporting().value();
      if (entry.has_random_sampling_percentage()) out.sampling = entry.random_sampling_percentage().value();
      if (entry.has_use_request_id_for_trace_sampling()) out.by_request_id = entry.use_request_id_for_trace_sampling().value();
      if (entry.has_enable_istio_tags()) out.istio_tags = entry.enable_istio_tags().value();
      if (entry.has_disable_context_propagation()) out.propagate = !entry.disable_context_propagation().value();
      if (entry.custom_tags().empty()) continue;
      out.tags.clear();
      for (const auto& [name, tag] : entry.custom_tags()) out.tags[name] = &tag;
    }
  }
  if (!any) return std::nullopt;
  return out;
}

}  // namespace amime::translate
