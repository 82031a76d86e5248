// Virtual host domains: under which Host headers a service is reached. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/model.h"

namespace amime::translate {

// Shorter names of a host NAME.NAMESPACE.svc.cluster.local, and its absolute form with a trailing dot. Clients of the same
// namespace may also say NAME alone. Other hosts have no shorter name; an IP address has no absolute form either.
std::vector<std::string> alternative_hosts(std::string_view host, bool same_namespace);

// The namespace whose clients may use `host`'s shortest form: that of a Kubernetes name; of every other host empty.
std::string_view namespace_in_name(std::string_view host);

// The full names that `host` may be a shorter form of, for a client in `ns`: "a" -> a.NS.svc.cluster.local, "a.b" ->
// a.b.svc.cluster.local, "a.b.svc" -> a.b.svc.cluster.local. Empty: none.
std::string full_name_of(std::string_view host, std::string_view ns);

struct Alias {
  std::string host;
  bool same_namespace = false;
};

struct DomainRequest {
  const mesh::Service* service = nullptr;
  std::vector<std::string> addresses;  // the service's, of the families that the client speaks
  bool same_namespace = false;         // the service is of the client's namespace
  std::vector<Alias> aliases;          // ExternalName services that stand for this one
  std::vector<std::string> excluded;   // domains that belong to another virtual host of the table
  std::uint32_t port = 0;              // with_ports: "host:port" stands beside "host"
  bool with_ports = false;             // tables of all ports (HTTP proxy, Unix socket)
};
// All domains of a service's virtual host, without duplicates: host, shorter names, the same below "*." for a headless
// service (its pods), aliases, addresses. In a table of all ports the bare names belong to port 80.
std::vector<std::string> service_domains(const DomainRequest& request);

}  // namespace amime::translate
