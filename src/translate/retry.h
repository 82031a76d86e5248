// HTTPRetry -> RetryPolicy. Pure functions; any thread.
#pragma once

namespace envoy::config::route::v3 {
class RetryPolicy;
}
namespace istio::mesh::v1alpha1 {
class MeshConfig;
}
namespace istio::networking::v1alpha3 {
class HTTPRetry;
}

namespace amime::translate {

// The policy of a route: its own `retries`, else the mesh's default; where neither is there, two retries of what failed
// before the application saw it, on another host. `retries` may be null. False: `attempts: 0`, no retries, `*out` untouched.
// With consistent hashing a retry goes to the host that the hash chooses, so earlier hosts are not avoided.
bool set_retry_policy(const istio::networking::v1alpha3::HTTPRetry* retries, const istio::mesh::v1alpha1::MeshConfig& mesh_config,
                      bool consistent_hash, envoy::config::route::v3::RetryPolicy* out);

}  // namespace amime::translate
