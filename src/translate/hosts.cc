#include "translate/hosts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/http.h"
#include "mesh/host.h"

namespace amime::translate {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool covers(std::string_view outer, std::string_view inner) {
  if (!is_wildcard(outer)) return outer == inner;
  if (!is_wildcard(inner)) return inner.ends_with(outer.substr(1));
  return inner.size() >= outer.size() && inner.substr(1).ends_with(outer.substr(1));
}

bool overlaps(std::string_view a, std::string_view b) { return covers(a, b) || covers(b, a); }

bool more_specific(std::string_view a, std::string_view b) {
  if (is_wildcard(a) != is_wildcard(b)) return is_wildcard(b);
  if (a.size() != b.size()) return a.size() > b.size();
  return a < b;
}

std::vector<std::string> intersect_hosts(const std::vector<std::string>& server_hosts, const std::vector<std::string>& hosts) {
  std::vector<std::string> out;
  const auto add = [&out](const std::string& host) {
    if (std::find(out.begin(), out.end(), host) == out.end()) out.push_back(host);
  };
  for (const std::string& server_host : server_hosts) {
    for (const std::string& host : hosts) {
      if (covers(host, server_host)) {
        add(server_host);
      } else if (covers(server_host, host)) {
        add(host);
      }
    }
  }
  return out;
}

std::vector<std::string> hosts_for_namespace(const std::vector<std::string>& server_hosts, std::string_view ns) {
  std::vector<std::string> out;
  for (const std::string& host : server_hosts) {
    const auto slash = host.find('/');
    if (slash == std::string::npos) {
      out.push_back(host);
    } else if (std::string_view(host).substr(0, slash) == ns) {
      out.push_back(host.substr(slash + 1));
    }
  }
  return out;
}

std::string resolve_gateway_name(std::string_view gateway, std::string_view ns) {
  return gateway == "mesh" ? std::string(gateway) : mesh::resolve_gateway(gateway, ns);
}

std::string bracketed(std::string_view host) {
  return host.find(':') == std::string_view::npos ? std::string(host) : fmt::format("[{}]", host);
}

std::string host_and_port(std::string_view host, std::uint32_t port) { return base::join_host_port(host, port); }

}  // namespace amime::translate
