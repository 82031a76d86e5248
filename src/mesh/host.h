// Host names and gateway names as Istio's objects write them. The commonest ones are declared in mesh.h.
#pragma once

#include <string>
#include <string_view>

namespace amime::mesh {

bool is_ip(std::string_view text);
bool is_wildcard(std::string_view host);
// Whether some host is matched by both; for two full names, whether they are equal.
bool hosts_overlap(std::string_view a, std::string_view b);
// "gw", "./gw" or the old "gw.ns.svc.cluster.local" in an object of namespace `ns` -> "NS/gw". "mesh" is the caller's.
std::string resolve_gateway(std::string_view gateway, std::string_view ns);

}  // namespace amime::mesh
