// The HTTP connection manager of a filter chain, for sidecars (outbound, inbound) and gateways. One rule's run.
//
// Fields: MeshConfig.pathNormalization; Telemetry (see telemetry/); ProxyConfig.proxyHeaders, .gatewayTopology, .connectionSettings.
#pragma once

#include <string>
#include <string_view>

#include "mesh/model.h"
#include "translate/http_filters.h"
#include "translate/listener_class.h"
#include "translate/view.h"

namespace envoy::config::listener::v3 {
class FilterChain;
}
namespace envoy::config::route::v3 {
class RouteConfiguration;
}

namespace amime::translate {

struct HcmOptions {
  ListenerClass listener_class = ListenerClass::kSidecarOutbound;
  std::string stat_prefix;  // Istio ends those it makes of listeners' names with ";"
  // One of the two:
  std::string route_table;  // by RDS over the ADS stream
  const envoy::config::route::v3::RouteConfiguration* inline_table = nullptr;
  mesh::Protocol protocol = mesh::Protocol::kHttp;
  bool http10 = false;         // the proxy's metadata HTTP10
  bool absolute_urls = false;  // an explicit HTTP proxy (MeshConfig.proxyHttpPort)
  HttpFilterOptions filters;   // but `protocol` and `suppress_debug_headers`, which follow from the above and ProxyConfig
};

// Appends the filter to the chain.
void add_hcm(View& view, const HcmOptions& options, envoy::config::listener::v3::FilterChain* chain);

}  // namespace amime::translate
