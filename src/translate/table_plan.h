// Which virtual hosts an outbound table has, and whose each domain is, worked out from headers alone: hosts, ports and
// addresses of services, hosts of VirtualServices. What the virtual hosts hold is not looked at, so an edit of a route
// never changes a plan. Pure; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/mesh.h"

namespace amime::translate {

// One virtual host of a table: what its rule's subject says.
struct VirtualHostPlan {
  enum class Kind : std::uint8_t {
    kService,   // a service of the registry
    kHost,      // a host that only a VirtualService knows
    kCatchAll,  // everything else: MeshConfig.outboundTrafficPolicy
  };
  std::size_t egress = 0;
  std::string table;
  Kind kind = Kind::kService;
  std::string host;
  std::uint32_t port = 0;
  bool all_ports = false;                     // the table serves all ports: an HTTP proxy or a Unix socket
  bool any_domain = false;                    // the table is this service's alone: its domain is "*"
  std::vector<std::string> virtual_services;  // "NS/NAME", in order; the first that has a route for this client counts
  std::vector<std::string> aliases;           // ExternalName services whose name this host answers to
  std::vector<std::string> excluded;          // domains that another virtual host of the table has

  // The virtual host's own name: "reviews.default.svc.cluster.local:9080"; of the catch-all "*".
  std::string name() const;
  bool operator==(const VirtualHostPlan&) const = default;
};
// As a rule's subject, and back. EGRESS|TABLE|NAME|... sorts by name within a table.
std::string to_subject(const VirtualHostPlan& plan);
VirtualHostPlan parse_virtual_host(std::string_view subject);

struct TablePlanRequest {
  std::size_t egress = 0;
  std::string table;  // see route_table.h
  // The namespace of the client, asked for only where it matters, so that all namespaces can share what does not.
  std::function<std::string_view()> client_namespace;
  bool http_proxy = false;  // the egress listener speaks HTTP_PROXY: hosts of all ports in one table
};
// In the order of names, the catch-all last. A table "HOST:PORT" has at most one, and no catch-all.
std::vector<VirtualHostPlan> plan_table(const mesh::EgressListener& egress, const TablePlanRequest& request);

}  // namespace amime::translate
