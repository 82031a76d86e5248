// What all route tables have in common. Pure functions; any thread.
#pragma once

namespace envoy::config::route::v3 {
class RouteConfiguration;
}
namespace istio::mesh::v1alpha1 {
class MeshConfig;
}

namespace amime::translate {

// Clusters may come later than the routes that name them; a port in a Host header does not count; bodies of
// directResponse up to 1 MiB, which is also what validation allows.
void set_table_defaults(envoy::config::route::v3::RouteConfiguration* table);

// MeshConfig.defaultConfig.proxyHeaders, as far as routes are concerned.
struct ProxyHeaders {
  bool attempt_count = true;    // x-envoy-attempt-count, unless disabled
  bool forwarded_host = false;  // x-forwarded-host where the authority is rewritten
};
ProxyHeaders proxy_headers(const istio::mesh::v1alpha1::MeshConfig& mesh_config);

}  // namespace amime::translate
