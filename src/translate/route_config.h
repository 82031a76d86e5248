// What all route tables have in common. Pure functions; any thread.
#pragma once

namespace envoy::config::route::v3 {
class RouteConfiguration;
}
namespace istio::mesh::v1alpha1 {
class ProxyConfig;
}

namespace amime::translate {

// Clusters may come later than the routes that name them; a port in a Host header does not count; bodies of
// directResponse up to 1 MiB, which is also what validation allows.
void set_table_defaults(envoy::config::route::v3::RouteConfiguration* table);

// ProxyConfig.proxyHeaders, as far as routes and clusters are concerned.
struct ProxyHeaders {
  bool attempt_count = true;    // x-envoy-attempt-count, unless disabled
  bool forwarded_host = false;  // x-forwarded-host where the authority is rewritten
  bool preserve_case = false;   // names of HTTP/1.1 headers as they came
};
ProxyHeaders proxy_headers(const istio::mesh::v1alpha1::ProxyConfig& config);

}  // namespace amime::translate
