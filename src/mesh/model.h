// The vocabulary that translation reads: services, endpoints, localities, protocols. Whatever kind of object they came
// from (Service, ServiceEntry, WorkloadEntry, later Gateway API), they look the same here.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/object.h"

namespace amime::mesh {

// Protocol of a port: from its name (http, http-web, grpc, ...), appProtocol, or ServiceEntry's port.protocol.
// kUnset is sniffed (Istio's "unsupported"/auto).
enum class Protocol : std::uint8_t { kUnset, kHttp, kHttp2, kGrpc, kGrpcWeb, kHttps, kTls, kTcp, kMongo, kRedis, kMySql, kUdp, kHbone };
bool is_http(Protocol p);   // HTTP, HTTP2, GRPC, GRPC_WEB
bool is_http2(Protocol p);  // HTTP2, GRPC, GRPC_WEB
bool is_tls(Protocol p);    // HTTPS, TLS
bool is_tcp(Protocol p);    // all that Envoy proxies as bytes: TCP, TLS, HTTPS, MONGO, REDIS, MYSQL
Protocol protocol_from_port(std::string_view port_name, std::string_view app_protocol, std::string_view l4_protocol, std::uint32_t port);
Protocol parse_protocol(std::string_view name);  // "HTTP", "grpc-web"; unknown: kUnset

struct ServicePort {
  std::string name;
  std::uint32_t port = 0;
  std::uint32_t target_port = 0;  // ServiceEntry's targetPort; 0: the same
  Protocol protocol = Protocol::kUnset;
};

// How the client finds the endpoints (Istio: Resolution).
enum class Resolution : std::uint8_t {
  kStatic,         // we know them: EDS
  kDns,            // Envoy resolves a name, all answers: STRICT_DNS
  kDnsRoundRobin,  // Envoy resolves a name, one answer a time: LOGICAL_DNS
  kDynamicDns,     // wildcard host, resolved from the request (ServiceEntry DYNAMIC_DNS)
  kPassthrough,    // the address that the client dialled: ORIGINAL_DST (headless, ServiceEntry NONE)
  kAlias,          // Kubernetes ExternalName: another service's name
};

// Who may see an object (exportTo). Empty set and !all: nobody ("~").
struct ExportTo {
  bool all = true;
  std::set<std::string, std::less<>> namespaces;  // when !all
  bool visible_to(std::string_view ns) const { return all || namespaces.find(ns) != namespaces.end(); }
  bool operator==(const ExportTo&) const = default;
};

struct Service {
  std::string host;  // reviews.default.svc.cluster.local, or a ServiceEntry's host (may start with "*.")
  std::string name;  // of the object
  std::string ns;
  bool kubernetes = true;      // from a Service, not a ServiceEntry
  bool mesh_external = false;  // ServiceEntry location MESH_EXTERNAL
  bool headless = false;
  Resolution resolution = Resolution::kStatic;
  std::vector<std::string> addresses;       // virtual IPs, CIDRs of a ServiceEntry; empty: none (headless, or host only)
  std::vector<std::string> auto_addresses;  // allocated for a ServiceEntry's host that has none (mesh/auto_address.h): IPv4, IPv6
  std::vector<ServicePort> ports;
  ExportTo export_to;
  std::string alias_of;                         // kAlias: the ExternalName
  std::vector<std::string> external_addresses;  // of an ingress gateway's Service
  std::string traffic_distribution;             // "PreferClose" (also for PreferSameZone), "PreferSameNode" or empty: any
  bool publish_not_ready = false;
  bool node_local = false;  // internalTrafficPolicy Local
  Labels labels;
  std::vector<std::string> subject_alt_names;  // ServiceEntry.subjectAltNames
  std::int64_t created = 0;
  ObjectKey source;
  std::uint64_t digest = 0;  // of all the above
  const ServicePort* port(std::uint32_t number) const;
};
using ServicePtr = std::shared_ptr<const Service>;

struct Locality {
  std::string region, zone, subzone;
  bool operator==(const Locality&) const = default;
  auto operator<=>(const Locality&) const = default;
};
Locality parse_locality(std::string_view text);  // "region/zone/subzone"

struct Endpoint {
  std::string address;  // IP, or host name (DNS resolutions), or "unix:///path"
  std::uint32_t port = 0;
  std::shared_ptr<const Labels> labels;  // never null
  Locality locality;
  std::uint32_t weight = 0;  // 0: unset
  bool healthy = true;       // false: known, not ready
  bool draining = false;     // serving while terminating
  std::string network;
  std::string service_account;
  std::string node_name;
  std::string hostname;  // pod's own host name in a headless service, else empty
  std::string workload;  // pod or WorkloadEntry name
  std::string ns;        // of the pod or WorkloadEntry
};
// All endpoints of one port of one service, in a stable order.
struct EndpointSet {
  std::vector<Endpoint> endpoints;
  std::uint64_t digest = 0;
};
using EndpointSetPtr = std::shared_ptr<const EndpointSet>;

// What a host's DestinationRules say to one client namespace, merged as Istio merges them: rules of one namespace and
// host are joined (first traffic policy wins, first subset of a name wins), the more specific host wins.
struct DestinationPolicy {
  std::shared_ptr<const istio::networking::v1alpha3::DestinationRule> rule;
  std::vector<ObjectKey> from;  // the objects it was made of, oldest first
  std::string ns;
  std::uint64_t digest = 0;
};
using DestinationPolicyPtr = std::shared_ptr<const DestinationPolicy>;

// One port of a service that a proxy's own workload serves.
struct ServiceTarget {
  ServicePtr service;
  ServicePort port;
  std::uint32_t target_port = 0;  // where the application listens
};

}  // namespace amime::mesh
