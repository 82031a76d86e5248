// Pieces: what routes have to say about one host at one place (a listener, the mesh), and the VirtualService that they make together.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "source/gateway_api/http_rules.h"

namespace amime::source::gateway_api {

struct Piece {
  mesh::ObjectPtr route;
  std::string wanted;      // the host as the route has it: of several routes the more specific one comes first
  std::uint32_t port = 0;  // in the mesh: requests to this port only; 0: all
  std::vector<HttpRoutePtr> rules;
};
// Where: VirtualServices of one place and host are one.
struct Place {
  std::string gateway;  // NAMESPACE/NAME, or "mesh"
  std::string host;
  std::string ns;  // in the mesh: whose clients; empty: all
  auto operator<=>(const Place&) const = default;
  bool operator==(const Place&) const = default;
};

// The VirtualService of these pieces (at least one), its rules in the order that Gateway API lays down: by host, then by path (exact,
// longest prefix, expression), method, number of headers, of query parameters; then the older route's, then as written.
mesh::ObjectPtr merge(const Place& place, std::vector<const Piece*> pieces);

}  // namespace amime::source::gateway_api
