// RouteScope: where a VirtualService's HTTP routes are being translated for, and what the translation has found out.
// One lives for one run of a rule (virtual_host, gateway_table), on the writer's thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "translate/rule.h"

namespace amime::translate {

struct RouteScope {
  View& view;
  std::uint32_t listen_port = 0;  // of the listener (a Gateway server's own number); 0: the table serves all ports
  std::string gateway = "mesh";   // or "NS/NAME": what http.match.gateways is compared with
  bool router = false;            // a Gateway's table: destinations are looked up in the whole mesh
  bool tls = false;               // the server terminates TLS: the default scheme of redirects
  // How the VirtualService at hand is meant, by what it was derived from (mesh::Derivation); set by append_routes.
  bool gateway_api = false;    // HTTPRoute, GRPCRoute: 500 where a backend is missing, of which the route's status tells
  bool path_elements = false;  // these and Ingress: a prefix matches whole elements of a path, "/a" is no prefix of "/ab"

  // Findings.
  std::set<std::string> clusters;     // that the routes name
  std::vector<mesh::ObjectKey> from;  // objects that shaped the routes
  std::vector<Note> notes;

  void note(const mesh::ObjectKey& object, std::string_view code, std::string field, std::string text) {
    notes.push_back({object, std::string(code), std::move(field), std::move(text)});
  }
  std::vector<std::string> refs() const { return {clusters.begin(), clusters.end()}; }
};

}  // namespace amime::translate
