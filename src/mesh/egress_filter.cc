#include "mesh/egress_filter.h"

#include <algorithm>

#include "mesh/host.h"
#include "mesh/mesh.h"

namespace amime::mesh {

bool EgressFilter::Hosts::excludes(std::string_view host) const {
  return std::any_of(excluded.begin(), excluded.end(), [&](const auto& pattern) { return host_matches(pattern, host); });
}

bool EgressFilter::Hosts::covers(std::string_view host) const {
  if (exact.find(host) != exact.end()) return true;
  return std::any_of(wildcards.begin(), wildcards.end(), [&](const auto& pattern) { return host_matches(pattern, host); });
}

bool EgressFilter::Hosts::overlaps(std::string_view host) const {
  if (exact.find(host) != exact.end()) return true;
  const auto& candidates = is_wildcard(host) ? all : wildcards;
  return std::any_of(candidates.begin(), candidates.end(), [&](const auto& pattern) { return hosts_overlap(pattern, host); });
}

EgressFilter::EgressFilter(const std::vector<std::string>& hosts, std::string_view own_ns) {
  for (const std::string& text : hosts) {
    auto slash = text.find('/');
    if (slash == std::string::npos || text.find('/', slash + 1) != std::string::npos) continue;
    std::string_view ns = std::string_view(text).substr(0, slash);
    std::string host = text.substr(slash + 1);
    bool excluded = ns.starts_with('~');
    if (excluded) ns.remove_prefix(1);
    if (excluded && ns.empty()) ns = "*";  // "~/*": nothing at all
    if (ns == ".") ns = own_ns;
    Hosts& into = by_namespace_[std::string(ns)];
    if (excluded) {
      into.excluded.push_back(std::move(host));
      continue;
    }
    into.all.push_back(host);
    if (is_wildcard(host)) {
      into.wildcards.push_back(std::move(host));
    } else {
      into.exact.insert(std::move(host));
    }
  }
  any_ = of("*");
}

const EgressFilter::Hosts* EgressFilter::of(std::string_view ns) const {
  auto found = by_namespace_.find(ns);
  return found == by_namespace_.end() ? nullptr : &found->second;
}

bool EgressFilter::imports_service(std::string_view host, std::string_view ns) const {
  const Hosts* own = of(ns);
  if ((own && own->excludes(host)) || (any_ && any_->excludes(host))) return false;
  return (own && own->covers(host)) || (any_ && any_->covers(host));
}

bool EgressFilter::imports_virtual_service(const std::vector<std::string>& hosts, std::string_view ns) const {
  const Hosts* own = of(ns);
  for (const auto& host : hosts) {
    if ((own && own->excludes(host)) || (any_ && any_->excludes(host))) continue;
    if ((own && own->overlaps(host)) || (any_ && any_->overlaps(host))) return true;
  }
  return false;
}

}  // namespace amime::mesh
