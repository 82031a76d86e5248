// The HTTP filters of every connection manager, and their order: decided here and nowhere else. Pure; any thread.
#pragma once

#include <cstdint>
#include <memory>

#include "mesh/model.h"
#include "translate/listener_class.h"
#include "translate/plugin_filters.h"

namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpConnectionManager;
}

namespace envoy::extensions::common::dynamic_forward_proxy::v3 {
class DnsCacheConfig;
}

namespace amime::translate {

struct MetricChoice;

// Whether a proxy tells the next one of its workload, or reads what it is told (telemetry/peer.h), or does so as Istio's build does.
enum class PeerExchange : std::uint8_t { kNone, kTells, kReads, kIstio };

struct HttpFilterOptions {
  mesh::Protocol protocol = mesh::Protocol::kHttp;
  bool suppress_debug_headers = false;  // ProxyConfig.proxyHeaders.envoyDebugHeaders.disabled: no x-envoy-* headers
  PeerExchange peers = PeerExchange::kNone;
  bool istio_alpn = false;                    // outbound: says what is spoken inside of mutual TLS
  const MetricChoice* istio_stats = nullptr;  // what Istio's filter counts; null: it does not
  ListenerClass listener_class = ListenerClass::kSidecarOutbound;
  PluginFilters plugins;           // WasmPlugins
  const Judges* judges = nullptr;  // policies; null: none (outbound)
  // Names that requests name are resolved, where their routes lead to a cluster that wants it. Null: there is no such cluster.
  std::shared_ptr<const envoy::extensions::common::dynamic_forward_proxy::v3::DnsCacheConfig> dns_cache;
};

void add_http_filters(const HttpFilterOptions& options,
                      envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);

}  // namespace amime::translate
