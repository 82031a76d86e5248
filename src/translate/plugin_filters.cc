#include "translate/plugin_filters.h"

#include <algorithm>

#include "envoy/config/listener/v3/listener_components.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "extensions/v1alpha1/wasm.pb.h"
#include "translate/authz/judges.h"
#include "translate/plugin_name.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::translate {
namespace {

namespace extensions = ::istio::extensions::v1alpha1;
using envoy::config::core::v3::ExtensionConfigSource;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using istio::type::v1beta1::WorkloadMode;

bool matches(const extensions::WasmPlugin::TrafficSelector& match, ListenerClass listener_class, std::uint32_t port) {
  const auto wanted = listener_class == ListenerClass::kSidecarInbound ? WorkloadMode::SERVER : WorkloadMode::CLIENT;
  if (match.mode() != WorkloadMode::UNDEFINED && match.mode() != WorkloadMode::CLIENT_AND_SERVER && match.mode() != wanted) return false;
  return match.ports().empty() || std::any_of(match.ports().begin(), match.ports().end(),
                                              [&](const auto& one) { return one.number() != 0 && one.number() == port; });
}

bool stands_here(const extensions::WasmPlugin& plugin, ListenerClass listener_class, std::uint32_t port) {
  return plugin.match().empty() ||
         std::any_of(plugin.match().begin(), plugin.match().end(), [&](const auto& match) { return matches(match, listener_class, port); });
}

std::vector<std::string>& of_phase(extensions::PluginPhase phase, PluginFilters& filters) {
  switch (phase) {
    case extensions::AUTHN: return filters.authn;
    case extensions::AUTHZ: return filters.authz;
    case extensions::STATS: return filters.stats;
    default: return filters.rest;
  }
}

PluginFilters plugins_of(View& view, bool network, ListenerClass listener_class, std::uint32_t port) {
  PluginFilters out;
  for (const auto& ref : view.wasm_plugins()) {
    const auto& plugin = ref.object->spec<extensions::WasmPlugin>();
    if ((plugin.type() == extensions::NETWORK) != network || !stands_here(plugin, listener_class, port)) continue;
    of_phase(plugin.phase(), out).push_back(plugin_resource_name(view, *ref.object));
    out.may_be_modules = runs_modules(view, network ? "network" : "http");
  }
  return out;
}

// The second type stands in for a module that cannot be had: it refuses everything, or nothing. Envoy has to have all that are named.
ExtensionConfigSource source(std::string_view layer, bool may_be_module) {
  const std::string prefix = "type.googleapis.com/envoy.extensions.filters." + std::string(layer);
  ExtensionConfigSource out;
  auto* config = out.mutable_config_source();
  config->mutable_ads();
  config->mutable_initial_fetch_timeout();
  config->set_resource_api_version(envoy::config::core::v3::V3);
  if (may_be_module) out.add_type_urls(prefix + ".wasm.v3.Wasm");
  out.add_type_urls(prefix + ".rbac.v3.RBAC");
  return out;
}

}  // namespace

bool runs_modules(View& view, std::string_view layer) {
  return view.can_load("envoy.extensions.filters." + std::string(layer) + ".wasm.v3.Wasm") && view.can_load("envoy.wasm.runtime.v8");
}

PluginFilters http_plugins(View& view, ListenerClass listener_class, std::uint32_t port) {
  return plugins_of(view, false, listener_class, port);
}

void add_plugins(const PluginFilters& filters, const Judges* judges, HttpConnectionManager* hcm) {
  static const Judges kNone;
  const Judges& by = judges ? *judges : kNone;
  const auto judge = [&](const std::vector<HttpFilterPtr>& list) {
    for (const auto& filter : list) *hcm->add_http_filters() = *filter;
  };
  const auto plug = [&](const std::vector<std::string>& names) {
    for (const auto& name : names) {
      auto* filter = hcm->add_http_filters();
      filter->set_name(name);
      *filter->mutable_config_discovery() = source("http", filters.may_be_modules);
    }
  };
  judge(by.custom);
  plug(filters.authn);
  judge(by.authn);
  plug(filters.authz);
  judge(by.authz);
  plug(filters.stats);
  plug(filters.rest);
}

void add_network_plugins(View& view, ListenerClass listener_class, std::uint32_t port, const Judges* judges,
                         envoy::config::listener::v3::FilterChain* chain) {
  static const Judges kNone;
  const Judges& by = judges ? *judges : kNone;
  const PluginFilters plugins = plugins_of(view, true, listener_class, port);
  const auto judge = [&](const std::vector<NetworkFilterPtr>& list) {
    for (const auto& filter : list) *chain->add_filters() = *filter;
  };
  const auto plug = [&](const std::vector<std::string>& names) {
    for (const auto& name : names) {
      auto* filter = chain->add_filters();
      filter->set_name(name);
      *filter->mutable_config_discovery() = source("network", plugins.may_be_modules);
    }
  };
  judge(by.tcp_custom);
  plug(plugins.authn);
  plug(plugins.authz);
  judge(by.tcp_authz);
  plug(plugins.stats);
  plug(plugins.rest);
}

}  // namespace amime::translate
