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

// Whether `host` is a Kubernetes name of namespace `ns`, so that ns's clients may use its shortest form.
bool is_local_name(std::string_view host, std::string_view ns);

// The full names that `host` may be a shorter form of, for a client in `ns`: "a" -> a.NS.svc.cluster.local, "a.b" ->
// a.b.svc.cluster.local, "a.b.svc" -> a.b.svc.cluster.local. Empty: none.
std::string full_name_of(std::string_view host, std::string_view ns);

struct DomainRequest {
  const mesh::Service* service = nullptr;
  bool same_namespace = false;
  std::vector<std::string> aliases;   // ExternalName services that stand for this one
  std::vector<std::string> excluded;  // domains that belong to another virtual host of the table
  std::string_view client_namespace;  // read only when there are aliases
  std::uint32_t port = 0;             // with_ports: "host:port" stands beside "host"
  bool with_ports = false;            // tables of all ports (HTTP proxy, Unix socket)
};
// All domains of a service's virtual host, without duplicates: host, shorter names, the same below "*." for a headless
// service (its pods), aliases, addresses. In a table of all ports the bare names belong to port 80.
std::vector<std::string> service_domains(const DomainRequest& request);

}  // namespace amime::translate
