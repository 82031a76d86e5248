// ProxyConfig.connectionSettings: limits and timeouts of downstream HTTP connections; its profile EDGE fills what the user
// left out with what suits a proxy at the edge. Pure; any thread.
#pragma once

namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpConnectionManager;
}
namespace istio::mesh::v1alpha1 {
class ProxyConfig;
class ProxyConfig_ConnectionSettings;
}  // namespace istio::mesh::v1alpha1

namespace amime::translate {

// The settings in force; the profile counts for gateways only.
istio::mesh::v1alpha1::ProxyConfig_ConnectionSettings connection_settings(const istio::mesh::v1alpha1::ProxyConfig& config, bool gateway);

void apply_connection_settings(const istio::mesh::v1alpha1::ProxyConfig_ConnectionSettings& settings,
                               envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);

}  // namespace amime::translate
