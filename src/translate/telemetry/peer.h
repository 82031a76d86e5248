// What two proxies tell each other of their workloads, for metrics. The server's is in the metadata of its endpoint; the client's
// in a header, which the server's proxy takes away; a proxy's own in filter state of each connection. Pure; any thread.
//
// Istio's proxies have extensions of their own for that (istio.metadata_exchange); stock Envoy has none of these.
// Cost: expressions are computed once a connection. For each request values are only looked up.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpConnectionManager;
}
namespace envoy::config::core::v3 {
class Metadata;
}
namespace envoy::config::listener::v3 {
class FilterChain;
}
namespace amime::mesh {
struct Endpoint;
}

namespace amime::translate {

inline constexpr std::string_view kPeerNamespace = "amime.peer";  // of metadata, and the prefix of filter state
inline constexpr std::string_view kPeerHeader = "x-amime-peer";
inline constexpr std::string_view kProtocolKey = "protocol";  // of a request's metadata: http or grpc

struct PeerFact {
  std::string_view key;      // in metadata, and of filter state
  std::string_view label;    // of metrics, after source_ or destination_
  std::string_view of_node;  // CEL: what a proxy knows of its own workload
};
std::span<const PeerFact> peer_facts();

// Formats: a proxy's own; what `command` (UPSTREAM_METADATA, ...) finds under `key`, or "unknown".
std::string own_fact(std::string_view key);
std::string known_of(std::string_view command, std::string_view key);
std::string command_or_unknown(std::string_view command);  // what a command without a key says, or "unknown"

// An endpoint's, from its labels.
void set_peer(const mesh::Endpoint& endpoint, envoy::config::core::v3::Metadata* metadata);
// A cluster's service, for destination_service and its like; `ns` may be empty.
void set_peer_service(std::string_view host, std::string_view name, std::string_view ns, envoy::config::core::v3::Metadata* metadata);
// What a proxy knows of itself, into the state of a connection: the first filter of a chain.
void add_own_facts(envoy::config::listener::v3::FilterChain* chain);
// The filters by which a client's proxy says who it is, and by which the server's reads it.
void add_peer_sender(envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);
void add_peer_reader(envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);

}  // namespace amime::translate
