// Mutual TLS between workloads: the contexts of both sides, and the names by which they recognize each other. Key pair and
// authorities come from the agent beside the proxy (Secrets "default" and "ROOTCA" of cluster sds-grpc). One rule's run.
//
// Fields: MeshConfig.meshMTLS (minProtocolVersion, cipherSuites), trustDomain, trustDomainAliases; DestinationRule
// trafficPolicy.tls of mode ISTIO_MUTUAL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "translate/view.h"

namespace envoy::config::core::v3 {
class TransportSocket;
}

namespace amime::translate {

// ALPN names by which a server's chains tell the mesh's own clients from others, and what they carry.
extern const std::vector<std::string> kMutualTlsProtocols;      // any of the mesh
extern const std::vector<std::string> kMutualTlsHttpProtocols;  // known to be HTTP
extern const std::vector<std::string> kMutualTlsTcpProtocols;   // anything

// The server's side: clients have to show a certificate of the mesh's authorities.
struct ServerSocket {
  bool http = false;               // what is inside, as far as it is known
  bool whole_mesh = false;         // clients have to be of one of the mesh's trust domains
  std::vector<std::string> peers;  // names of which the client's certificate has to hold one; none: any
};
void set_server_socket(View& view, const ServerSocket& settings, envoy::config::core::v3::TransportSocket* out);

struct ClientSocket {
  std::string sni;                 // empty: the cluster's name
  std::vector<std::string> peers;  // names of which the server's certificate has to hold one; none: any of the mesh
  bool http2 = false;
  bool any_server = false;  // insecureSkipVerify
};
void set_client_socket(View& view, const ClientSocket& settings, envoy::config::core::v3::TransportSocket* out);

// spiffe://DOMAIN/ns/NAMESPACE/sa/ACCOUNT in all of the mesh's trust domains.
void add_identities(View& view, std::string_view ns, std::string_view account, std::vector<std::string>* out);

// What the endpoints' metadata and a cluster's transport sockets agree by: tlsMode istio.
inline constexpr const char* kTlsModeLabel = "security.istio.io/tlsMode";  // of a workload; injection sets it
inline constexpr const char* kTlsModeKey = "tlsMode";
inline constexpr const char* kTlsModeIstio = "istio";

}  // namespace amime::translate
