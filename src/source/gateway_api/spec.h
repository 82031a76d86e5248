// The specs of Kubernetes' Gateway API and Ingress as plain structs, with the defaults of their CRDs filled in. Made by read_*.cc,
// immutable afterwards. Field names and meanings: https://gateway-api.sigs.k8s.io/reference/spec/
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mesh/label_selector.h"
#include "mesh/object.h"

namespace amime::source::gateway_api {

inline constexpr char kGroup[] = "gateway.networking.k8s.io";

// --- references ---
struct Reference {  // to an object; an empty namespace is that of the object that refers
  std::string group, kind, ns, name;
  bool operator==(const Reference&) const = default;
};
struct ParentRef {
  Reference to;
  std::string section;     // a listener's name; empty: any
  std::uint32_t port = 0;  // 0: any
  bool operator==(const ParentRef&) const = default;
};

// --- filters ---
struct HeaderOperations {
  std::vector<std::pair<std::string, std::string>> set, add;
  std::vector<std::string> remove;
};
struct PathModifier {
  bool whole = false;  // ReplaceFullPath, else ReplacePrefixMatch
  std::string value;
};
struct Redirect {
  std::string scheme, hostname;
  std::optional<PathModifier> path;
  std::uint32_t port = 0;  // 0: as the scheme says, else the request's
  std::uint32_t code = 302;
};
struct Rewrite {
  std::string hostname;
  std::optional<PathModifier> path;
};
struct BackendRef {
  Reference to;
  std::uint32_t port = 0;  // 0: none given
};
struct Mirror {
  BackendRef to;
  std::optional<double> percent;  // none: all
};
struct Cors {
  std::vector<std::string> origins, methods, headers, exposed;
  bool credentials = false;
  std::int64_t max_age = 5;  // seconds
};
// Those of one rule or backend. Of each kind but mirrors there is at most one.
struct Filters {
  std::optional<HeaderOperations> request, response;
  std::optional<Redirect> redirect;
  std::optional<Rewrite> rewrite;
  std::vector<Mirror> mirrors;
  std::optional<Cors> cors;
  std::string unsupported;  // the type of one that is not known here: requests that it would have seen are answered 500
};

// --- routes ---
struct WeightedBackend {
  BackendRef to;
  std::uint32_t weight = 1;
  Filters filters;
};
struct ValueMatch {
  std::string name, value;
  bool regex = false;
};
enum class PathMatch : std::uint8_t { kNone, kPrefix, kExact, kRegex };
struct HttpMatch {
  PathMatch path = PathMatch::kNone;
  std::string value;  // of the path
  std::vector<ValueMatch> headers, query;
  std::string method;
};
struct Retry {
  std::vector<std::uint32_t> codes;
  std::optional<std::uint32_t> attempts;
  std::optional<std::int64_t> backoff;  // ns
};
struct HttpRule {
  std::string name;
  std::vector<HttpMatch> matches;
  Filters filters;
  std::vector<WeightedBackend> backends;
  std::optional<std::int64_t> request_timeout, backend_timeout;  // ns; 0: no timeout
  std::optional<Retry> retry;
};
struct RouteSpec : mesh::PlainSpec {
  std::vector<ParentRef> parents;
  std::vector<std::string> hostnames;
};
// HTTPRoute and, its methods read as paths, GRPCRoute.
struct HttpRouteSpec : RouteSpec {
  std::vector<HttpRule> rules;
};
// TLSRoute and TCPRoute.
struct L4RouteSpec : RouteSpec {
  std::vector<std::vector<WeightedBackend>> rules;
};

// --- gateways ---
enum class From : std::uint8_t { kSame, kAll, kSelector, kNone };
struct AllowedNamespaces {
  From from = From::kSame;
  mesh::LabelSelector selector;
};
struct ListenerTls {
  bool passthrough = false;
  std::vector<Reference> certificates;
  std::map<std::string, std::string> options;
};
struct Listener {
  std::string name, hostname, protocol;  // an empty hostname is any
  std::uint32_t port = 0;
  std::optional<ListenerTls> tls;
  AllowedNamespaces namespaces;
  std::vector<Reference> kinds;  // group and kind; empty: what the protocol can have
};
struct GatewayAddress {
  std::string type, value;
};
// What clients' certificates are held against (tls.frontend...validation).
struct ClientValidation {
  std::vector<Reference> authorities;  // caCertificateRefs
  bool insecure = false;               // AllowInsecureFallback: whoever cannot show one comes in as well
};
struct GatewaySpec : mesh::PlainSpec {
  std::string class_name;
  std::vector<Listener> listeners;
  std::vector<GatewayAddress> addresses;
  AllowedNamespaces listener_sets;                                   // allowedListeners
  std::optional<ClientValidation> clients;                           // tls.frontend.default
  std::map<std::uint32_t, std::optional<ClientValidation>> by_port;  // tls.frontend.perPort, in place of the default
};
struct ListenerSetSpec : mesh::PlainSpec {
  ParentRef parent;
  std::vector<Listener> listeners;
};
struct GatewayClassSpec : mesh::PlainSpec {
  std::string controller;
};
struct GrantSpec : mesh::PlainSpec {
  std::vector<Reference> from;  // group, kind, namespace
  std::vector<Reference> to;    // group, kind and, where not all are meant, name
};

struct PolicyTarget {
  Reference to;
  std::string section;  // a port's name; empty: all
};
struct BackendTlsSpec : mesh::PlainSpec {
  std::vector<PolicyTarget> targets;
  std::string hostname;
  std::vector<std::string> names;      // subjectAltNames
  std::vector<Reference> authorities;  // caCertificateRefs; none: wellKnownCACertificates: System
};

// --- networking.k8s.io ---
struct IngressBackend {
  std::string service, port_name;
  std::uint32_t port = 0;
};
struct IngressPath {
  std::string path, type;  // Exact, Prefix, ImplementationSpecific
  IngressBackend backend;
};
struct IngressRule {
  std::string host;
  std::vector<IngressPath> paths;
};
struct IngressTls {
  std::vector<std::string> hosts;
  std::string secret;
};
struct IngressSpec : mesh::PlainSpec {
  std::string class_name;
  std::optional<IngressBackend> fallback;  // defaultBackend
  std::vector<IngressRule> rules;
  std::vector<IngressTls> tls;
};
struct IngressClassSpec : mesh::PlainSpec {
  std::string controller;
};

// The spec of an object of a kind above, whose struct the kind decides.
template <class T>
const T& spec_of(const mesh::Object& object) {
  return static_cast<const T&>(*std::get<mesh::PlainSpecPtr>(object.payload));
}

}  // namespace amime::source::gateway_api
