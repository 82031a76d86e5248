// The parts of an Envoy cluster, one function a concern; cluster.cc, inbound_cluster.cc and static_clusters.cc put them
// together. Each writes into a cluster and its HTTP options (kept apart until finish_http_options, because several
// concerns write there). Pure; no View where the caller can say what is needed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/istio_fwd.h"
#include "mesh/model.h"
#include "translate/locality_lb.h"
#include "translate/policy.h"
#include "translate/rule.h"

namespace envoy::config::cluster::v3 {
class Cluster;
class OutlierDetection;
enum Cluster_DnsLookupFamily : int;
}  // namespace envoy::config::cluster::v3
namespace envoy::extensions::upstreams::http::v3 {
class HttpProtocolOptions;
}

namespace amime::translate {

using EnvoyCluster = envoy::config::cluster::v3::Cluster;
using HttpOptions = envoy::extensions::upstreams::http::v3::HttpProtocolOptions;
using MeshConfig = istio::mesh::v1alpha1::MeshConfig;
using ProxyConfig = istio::mesh::v1alpha1::ProxyConfig;

// How Envoy finds a service's endpoints.
enum class ClusterKind : std::uint8_t {
  kNone,  // no cluster: ExternalName (its target's clusters serve), a router's DYNAMIC_DNS
  kEds,
  kStrictDns,
  kLogicalDns,
  kDynamicDns,   // the request says which: wildcard DYNAMIC_DNS, of sidecars
  kOriginalDst,  // headless and ServiceEntry NONE for sidecars; loadBalancer.simple PASSTHROUGH
};
// Reads the proxy's type only for services whose addresses the client dials itself: routers have nothing to take over
// from the client, and `amime up` has no captured address either; both get the endpoints.
ClusterKind cluster_kind(View& view, const mesh::Service& service, const TrafficSettings& settings);

// --- http_options.cc ---
// Explicit HTTP/2 for HTTP/2 and gRPC ports; the client's own protocol for sniffed ports of sidecars; HTTP/1 header case as
// ProxyConfig.proxyHeaders.preserveHttp1HeaderCase says.
void set_upstream_protocol(mesh::Protocol protocol, bool sidecar, const ProxyConfig& config, HttpOptions& http);
void use_http2(HttpOptions& http);
void use_client_protocol(HttpOptions& http);
bool speaks_http2(const HttpOptions& http);
// Outbound only: connectionPool.http.h2UpgradePolicy, else MeshConfig.h2UpgradePolicy for ports known to be HTTP.
void upgrade_to_http2(const TrafficSettings& settings, mesh::Protocol protocol, const MeshConfig& mesh_config, HttpOptions& http);
// Puts the options into the cluster, unless they say nothing. Last.
void finish_http_options(HttpOptions& http, EnvoyCluster& cluster);

// --- connection_pool.cc ---
// connectionPool.tcp, connectionPool.http and retryBudget over Istio's defaults: practically no limits.
void apply_connection_pool(const TrafficSettings& settings, const MeshConfig& mesh_config, EnvoyCluster& cluster, HttpOptions& http);

// --- outlier.cc ---
// outlierDetection; ejection by success rate stays off, and so does panic unless minHealthPercent asks for it.
void apply_outlier_detection(const TrafficSettings& settings, const mesh::Service& service, EnvoyCluster& cluster, HttpOptions& http);

// --- load_balancer.cc ---
// loadBalancer.simple, warmup, consistentHash; the cluster's side of locality load balancing.
void apply_load_balancer(const TrafficSettings& settings, const LocalityLb& locality, EnvoyCluster& cluster);

// --- upstream_tls.cc ---
// Where Debian, Alpine and Istio's own proxy image keep the public authorities.
inline constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";
// What TLS origination needs to know beside the settings.
struct TlsContext {
  bool sidecar = true;
  const mesh::Service* service = nullptr;           // null: of unknown hosts
  const mesh::DestinationPolicy* policy = nullptr;  // holds the settings; null: there are none, or MeshConfig has them
};
// tls and proxyProtocol. Adds the keys of Secrets that a router needs, and notes on what cannot be honoured.
void apply_upstream_tls(const TrafficSettings& settings, const TlsContext& context, const MeshConfig& mesh_config, EnvoyCluster& cluster,
                        HttpOptions& http, Product& product, std::vector<std::string>& refs);
void apply_proxy_protocol(const TrafficSettings& settings, EnvoyCluster& cluster);

// A note on a setting of the policy's own trafficPolicy; `field` below it. Nothing where no DestinationRule applies.
void note_policy(const EffectivePolicy& effective, std::string_view field, std::string_view text, Product& product);

// --- cluster_metadata.cc ---
// filter_metadata.istio, which istioctl and telemetry read.
void add_service_metadata(View& view, const mesh::Service& service, EnvoyCluster& cluster);
void add_rule_metadata(const mesh::DestinationPolicy& policy, std::string_view subset, EnvoyCluster& cluster);
void add_istio_flag(std::string_view key, EnvoyCluster& cluster);
// MeshConfig.outboundClusterStatName / inboundClusterStatName: %SERVICE%, %SERVICE_NAME%, %SERVICE_FQDN%, %SUBSET_NAME%,
// %SERVICE_PORT%, %SERVICE_PORT_NAME%, %TARGET_PORT%. Nothing for an empty pattern.
void set_stat_name(const std::string& pattern, const mesh::Service& service, std::string_view subset, const mesh::ServicePort& port,
                   std::uint32_t target_port, EnvoyCluster& cluster);

// --- cluster_dns.cc ---
// Of the families that the proxy speaks.
envoy::config::cluster::v3::Cluster_DnsLookupFamily dns_lookup_family(View& view);
// STRICT_DNS and LOGICAL_DNS with their endpoints. False: there are none, and so no cluster.
bool make_dns_cluster(View& view, ClusterKind kind, const mesh::Service& service, const mesh::EndpointSet& endpoints,
                      std::string_view subset, const istio::networking::v1alpha3::DestinationRule* rule, const LocalityLb& locality,
                      bool outlier_detection, bool finds_out_tls, EnvoyCluster& cluster);

// --- sni_clusters.cc ---
// The endpoints to which clients speak Istio's mutual TLS: those whose workload says so (label security.istio.io/tlsMode), none
// where the DestinationRule has clients speak otherwise.
mesh::EndpointSetPtr with_mutual_tls(const mesh::EndpointSet& endpoints, const TrafficSettings& settings);

// The source address of connections to the own workload: interception leaves packets from it alone. `ipv4`, `ipv6`: the
// families that the proxy has.
void bind_to_inbound_source(bool ipv4, bool ipv6, EnvoyCluster& cluster);

}  // namespace amime::translate
