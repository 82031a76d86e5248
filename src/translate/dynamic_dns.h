// Names that the proxy resolves on the way, because nobody knew them before a request named them: unknown hosts
// (MeshConfig.outboundTrafficPolicy.mode ALLOW_ANY_DYNAMIC_DNS) and wildcard ServiceEntries of resolution DYNAMIC_DNS. One rule's run.
//
// Envoy needs two parts with one DNS cache: a filter that resolves the request's host (or the ClientHello's name), and a cluster
// that finds the answer. One cache serves all, since the filters of a listener that several services share cannot have two.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "translate/rule.h"

namespace envoy::config::cluster::v3 {
class Cluster;
}
namespace envoy::config::listener::v3 {
class FilterChain;
}
namespace envoy::extensions::common::dynamic_forward_proxy::v3 {
class DnsCacheConfig;
}
namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpConnectionManager;
}
namespace envoy::extensions::upstreams::http::v3 {
class HttpProtocolOptions;
}

namespace amime::translate {

inline constexpr std::string_view kDynamicDnsCluster = "AllowAnyDynamicDNSCluster";
inline constexpr std::string_view kDynamicDnsHost = "allow_any_dynamic_dns";  // virtual host, route, table

// Whether requests to unknown hosts are to be resolved: as MeshConfig says, of a sidecar whose Sidecar object says nothing else.
bool resolves_unknown_hosts(View& view);

using DnsCachePtr = std::shared_ptr<const envoy::extensions::common::dynamic_forward_proxy::v3::DnsCacheConfig>;
DnsCachePtr dns_cache(View& view);
// The cache of the filter in a listener. Null: the proxy's Envoy has none; requests that need it are answered 503 then.
DnsCachePtr filters_dns_cache(View& view);

// The filters; before the router, before the TCP proxy.
void add_dynamic_dns(const envoy::extensions::common::dynamic_forward_proxy::v3::DnsCacheConfig& cache,
                     envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);
void add_sni_dynamic_dns(View& view, std::uint32_t port, envoy::config::listener::v3::FilterChain* chain);

// Makes the cluster one that finds its endpoints by name. Last: where TLS is not checked against the host's name Envoy has to be
// told that this is meant.
void set_dynamic_dns(View& view, const envoy::extensions::upstreams::http::v3::HttpProtocolOptions& http,
                     envoy::config::cluster::v3::Cluster& cluster);
// AllowAnyDynamicDNSCluster, with outboundTrafficPolicy.tls.
void emit_dynamic_dns_cluster(View& view, Product& product);

}  // namespace amime::translate
