// Istio's own filters, for proxies of Istio's build: metrics come from its istio.stats, fed by its istio.metadata_exchange, under
// the names and in the places where istiod puts them. One rule's run.
//
// Fields: Telemetry.metrics (overrides); MeshConfig.defaultProviders.metrics. Other Envoys count otherwise (metrics.h).
#pragma once

#include <string_view>

#include "translate/listener_class.h"
#include "translate/view.h"

namespace envoy::config::listener::v3 {
class FilterChain;
}
namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpConnectionManager;
}

namespace amime::translate {

struct MetricChoice;

// Whether the proxy says that it has them.
bool has_istio_filters(View& view);
bool has_tcp_exchange(View& view);
// The filter that says over ALPN what is spoken inside of mutual TLS, so that a server's chains need not guess.
bool has_alpn_filter(View& view);
void add_alpn_filter(envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);

// The first HTTP filter: what workloads tell each other, in headers that Istio's proxies understand.
void add_istio_exchange(ListenerClass listener_class,
                        envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);
// What counts, after all filters of the mesh's own but the router.
void add_istio_stats(const MetricChoice& choice, ListenerClass listener_class,
                     envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);
// The same of connections. The exchange is the first filter of an inbound chain, also of one that speaks HTTP.
void add_istio_exchange(View& view, envoy::config::listener::v3::FilterChain* chain);
void add_istio_stats(const MetricChoice& choice, ListenerClass listener_class, envoy::config::listener::v3::FilterChain* chain);

}  // namespace amime::translate
