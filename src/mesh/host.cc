// Host names: short names, wildcards, and whether a text is an IP address.
#include "mesh/host.h"

#include <arpa/inet.h>

#include "mesh/mesh.h"

namespace amime::mesh {

bool is_ip(std::string_view text) {
  if (text.empty() || text.size() > 45) return false;
  std::string copy(text);
  unsigned char bytes[16];
  return inet_pton(AF_INET, copy.c_str(), bytes) == 1 || inet_pton(AF_INET6, copy.c_str(), bytes) == 1;
}

bool is_wildcard(std::string_view host) { return !host.empty() && host.front() == '*'; }

std::string resolve_host(std::string_view host, std::string_view ns, std::string_view domain) {
  std::string out(host);
  bool complete = host.empty() || host == "*" || host.find('.') != std::string_view::npos || is_ip(host);
  if (complete) return out;
  if (!ns.empty()) out.append(".").append(ns);
  if (!domain.empty()) out.append(".svc.").append(domain);
  return out;
}

bool host_matches(std::string_view pattern, std::string_view host) {
  if (!is_wildcard(pattern)) return pattern == host;
  std::string_view suffix = pattern.substr(1);
  // A wildcard host is covered only by a wildcard that is no longer than it.
  if (is_wildcard(host)) return host.size() >= pattern.size() && host.substr(1).ends_with(suffix);
  return host.ends_with(suffix);
}

bool hosts_overlap(std::string_view a, std::string_view b) { return host_matches(a, b) || host_matches(b, a); }

std::string resolve_gateway(std::string_view gateway, std::string_view ns) {
  auto slash = gateway.find('/');
  if (slash != std::string_view::npos) {
    if (gateway.substr(0, slash) != ".") return std::string(gateway);
    return std::string(ns).append(gateway.substr(slash));
  }
  auto dot = gateway.find('.');
  if (dot == std::string_view::npos) return std::string(ns).append("/").append(gateway);
  // name.namespace[.svc.cluster.local]: how gateways were once named.
  std::string_view rest = gateway.substr(dot + 1);
  return std::string(rest.substr(0, rest.find('.'))).append("/").append(gateway.substr(0, dot));
}

bool selects(const std::map<std::string, std::string>& selector, const Labels& labels) {
  for (const auto& [key, value] : selector) {
    auto found = labels.find(key);
    if (found == labels.end() || found->second != value) return false;
  }
  return true;
}

}  // namespace amime::mesh
