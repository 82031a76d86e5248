// Host names as Istio compares them: exact, or with a leading "*". Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace amime::translate {

inline bool is_wildcard(std::string_view host) { return host.starts_with('*'); }
std::string lower(std::string_view text);

// Whether every name that `inner` stands for is one that `outer` stands for ("*.com" covers "a.com" and "*.a.com").
bool covers(std::string_view outer, std::string_view inner);
// Whether some name is matched by both.
bool overlaps(std::string_view a, std::string_view b);
// The order in which the closest pattern is chosen: names before wildcards, longer before shorter, then the alphabet.
bool more_specific(std::string_view a, std::string_view b);

// For each pair the narrower host, each once, in the order of `server_hosts` then `hosts`.
std::vector<std::string> intersect_hosts(const std::vector<std::string>& server_hosts, const std::vector<std::string>& hosts);
// A Gateway server's hosts ("NS/host" or "host") as a VirtualService of `ns` may use them: those of its namespace and those
// that name none.
std::vector<std::string> hosts_for_namespace(const std::vector<std::string>& server_hosts, std::string_view ns);

// VirtualService.gateways, http.match.gateways: "gw", "./gw", "ns/gw" or the old "gw.ns.svc.cluster.local" -> "ns/gw"; "mesh" stays.
std::string resolve_gateway_name(std::string_view gateway, std::string_view ns);

// "host:80", "[::1]:80": names of virtual hosts and operations, and domains with a port.
std::string host_and_port(std::string_view host, std::uint32_t port);
// An IPv6 address in brackets, everything else as it is: how it stands in a Host header.
std::string bracketed(std::string_view host);

}  // namespace amime::translate
