// CorsPolicy (http.corsPolicy) -> the CORS filter's per-route configuration. Pure functions; any thread.
#pragma once

namespace envoy::config::route::v3 {
class Route;
}
namespace istio::networking::v1alpha3 {
class CorsPolicy;
}

namespace amime::translate {

// Adds typed_per_filter_config of envoy.filters.http.cors. Preflights of other origins go on to the service, unless
// unmatchedPreflights is IGNORE.
void apply_cors(const istio::networking::v1alpha3::CorsPolicy& policy, envoy::config::route::v3::Route* route);

}  // namespace amime::translate
