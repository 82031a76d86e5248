// The HTTP filters of every connection manager, and their order: decided here and nowhere else. Pure; any thread.
#pragma once

#include <memory>

#include "mesh/model.h"
#include "translate/plugin_filters.h"

namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpConnectionManager;
}

namespace envoy::extensions::common::dynamic_forward_proxy::v3 {
class DnsCacheConfig;
}

namespace amime::translate {

struct HttpFilterOptions {
  mesh::Protocol protocol = mesh::Protocol::kHttp;
  bool suppress_debug_headers = false;  // ProxyConfig.proxyHeaders.envoyDebugHeaders.disabled: no x-envoy-* headers
  PluginFilters plugins;                // WasmPlugins
  // Names that requests name are resolved, where their routes lead to a cluster that wants it. Null: there is no such cluster.
  std::shared_ptr<const envoy::extensions::common::dynamic_forward_proxy::v3::DnsCacheConfig> dns_cache;
};

void add_http_filters(const HttpFilterOptions& options,
                      envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);

}  // namespace amime::translate
