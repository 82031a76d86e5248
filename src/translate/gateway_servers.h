// The servers of all Gateways that select a router, as ports: which servers share a listener, which exclude each other.
// Pure functions of the Gateway objects; any thread.
//
// Fields: Gateway.servers (port, bind, hosts, tls). The oldest Gateway wins a conflict; the loser is left out with a Note.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mesh/object.h"
#include "translate/rule.h"

namespace istio::networking::v1alpha3 {
class Server;
}

namespace amime::translate {

struct GatewayServer {
  mesh::ObjectPtr gateway;
  int index = 0;                                                // in spec.servers
  const istio::networking::v1alpha3::Server* server = nullptr;  // lives as long as `gateway`
  std::vector<std::string> hosts;                               // "host" or "namespace/host"; "./" and "*/" resolved
  std::string table;                                            // route table of an HTTPS server; empty where there are no HTTP routes

  std::string field(std::string_view name) const;  // spec.servers[2].NAME
  std::vector<std::string> sni_hosts() const;      // without namespaces, sorted
};

// Servers on one port, with one protocol and bind: all plain HTTP through one table, or told apart by TLS.
struct GatewayPort {
  std::uint32_t port = 0;
  mesh::Protocol protocol = mesh::Protocol::kUnset;
  std::string bind;   // empty: all addresses
  std::string table;  // of plain HTTP servers
  std::vector<GatewayServer> servers;
};

// `listener_port` turns a server's port into the one that the router's container listens at.
std::vector<GatewayPort> merge_gateways(const std::vector<mesh::ObjectPtr>& gateways,
                                        const std::function<std::uint32_t(std::uint32_t)>& listener_port, std::vector<Note>* notes);

bool is_passthrough(const istio::networking::v1alpha3::Server& server);    // PASSTHROUGH, AUTO_PASSTHROUGH
bool terminates_https(const istio::networking::v1alpha3::Server& server);  // HTTPS whose TLS ends here

// Names of the Secrets that a server's tls asks for, as SDS has them: kubernetes://NAME, and NAME-cacert where clients
// must show certificates.
std::vector<std::string> secret_names(const istio::networking::v1alpha3::Server& server);

}  // namespace amime::translate
