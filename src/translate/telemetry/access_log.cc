#include "translate/telemetry/access_log.h"

#include <utility>
#include <vector>

#include "envoy/config/accesslog/v3/accesslog.pb.h"
#include "envoy/extensions/access_loggers/filters/cel/v3/cel.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/loadable.h"
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

// False: there is none, for its service is not seen or the proxy's Envoy cannot load it. Without its filter a log would say what
// nobody wants written, so there is none either.
bool make_log(View& view, const LogChoice& choice, LogPlace place, AccessLog* log) {
  const Provider* provider = find_provider(view.mesh_config(), choice.provider);
  if (provider == nullptr || !fill_log(view, *provider, log)) return false;
  set_filter(place, choice.filter, log);
  return lacking(view, *log).empty();
}

}  // namespace

std::vector<std::string> log_lacks(View& view, const LogChoice& choice) {
  const Provider* provider = find_provider(view.mesh_config(), choice.provider);
  AccessLog log;
  if (provider == nullptr || !fill_log(view, *provider, &log)) return {};
  set_filter(LogPlace::kHttp, choice.filter, &log);
  return lacking(view, log);
}

void add_access_logs(View& view, ListenerClass listener_class, LogPlace place, AccessLogs* logs) {
  const auto& mesh_config = view.mesh_config();
  if (place == LogPlace::kListener && mesh_config.disable_envoy_listener_log()) return;
  bool chosen = false;
  if (const auto choices = choose_logs(view.telemetries(), mesh_config, listener_class)) {
    for (const auto& choice : *choices) {
      AccessLog log;
      if (!make_log(view, choice, place, &log)) continue;
      chosen = true;
      if (!choice.disabled) *logs->Add() = std::move(log);
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
