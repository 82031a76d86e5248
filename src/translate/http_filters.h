// The HTTP filters of every connection manager, and their order: decided here and nowhere else. Pure; any thread.
#pragma once

#include "mesh/model.h"

namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpConnectionManager;
}

namespace amime::translate {

struct HttpFilterOptions {
  mesh::Protocol protocol = mesh::Protocol::kHttp;
  bool suppress_debug_headers = false;  // ProxyConfig.proxyHeaders.envoyDebugHeaders.disabled: no x-envoy-* headers
};

void add_http_filters(const HttpFilterOptions& options,
                      envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);

}  // namespace amime::translate
