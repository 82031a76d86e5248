#include "translate/telemetry/access_log.h"

#include <utility>
#include <vector>

#include "envoy/config/accesslog/v3/accesslog.pb.h"
#include "envoy/extensions/access_loggers/filters/cel/v3/cel.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/pack.h"

namespace amime::translate {
namespace {

using envoy::config::accesslog::v3::AccessLogFilter;

// NR: no filter chain was found.
AccessLogFilter no_chain() {
  AccessLogFilter filter;
  filter.mutable_response_flag_filter()->add_flags("NR");
  return filter;
}

AccessLogFilter cel_filter(const std::string& expression) {
  envoy::extensions::access_loggers::filters::cel::v3::ExpressionFilter cel;
  cel.set_expression(expression);
  AccessLogFilter filter;
  filter.mutable_extension_filter()->set_name("envoy.access_loggers.extension_filters.cel");
  pack(cel, filter.mutable_extension_filter()->mutable_typed_config());
  return filter;
}

void set_filter(LogPlace place, const std::string& expression, AccessLog* log) {
  std::vector<AccessLogFilter> filters;
  if (place == LogPlace::kListener) filters.push_back(no_chain());
  if (!expression.empty()) filters.push_back(cel_filter(expression));
  if (filters.empty()) return;
  if (filters.size() == 1) {
    *log->mutable_filter() = std::move(filters.front());
    return;
  }
  for (auto& filter : filters) *log->mutable_filter()->mutable_and_filter()->add_filters() = std::move(filter);
}

}  // namespace

void add_access_logs(View& view, ListenerClass listener_class, LogPlace place, AccessLogs* logs) {
  const auto& mesh_config = view.mesh_config();
  if (place == LogPlace::kListener && mesh_config.disable_envoy_listener_log()) return;
  bool chosen = false;
  if (const auto choices = choose_logs(view.telemetries(), mesh_config, listener_class)) {
    for (const auto& choice : *choices) {
      const Provider* provider = find_provider(mesh_config, choice.provider);
      AccessLog log;
      if (provider == nullptr || !fill_log(view, *provider, &log)) continue;
      chosen = true;
      if (choice.disabled) continue;
      set_filter(place, choice.filter, &log);
      *logs->Add() = std::move(log);
    }
  }
  // Where nothing that was chosen can be had, MeshConfig's log is better than none.
  if (chosen) return;
  for (auto& log : mesh_logs(mesh_config, place)) {
    set_filter(place, "", &log);
    *logs->Add() = std::move(log);
  }
}

}  // namespace amime::translate
