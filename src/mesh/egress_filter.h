// EgressFilter: the `hosts` of one egress listener of a Sidecar object: NAMESPACE/HOST, where the namespace may be "*", "."
// (the proxy's own) or, with "~" before it, an exclusion; the host may be a wildcard.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace amime::mesh {

class EgressFilter {
 public:
  // `hosts` as written; malformed ones are left out (validation has refused them). `ns`: the proxy's namespace.
  EgressFilter(const std::vector<std::string>& hosts, std::string_view ns);
  EgressFilter(const EgressFilter&) = delete;  // any_ points into itself
  EgressFilter& operator=(const EgressFilter&) = delete;
  // Whether a service of this host and namespace is imported.
  bool imports_service(std::string_view host, std::string_view ns) const;
  // Whether a VirtualService of these hosts is: one that overlaps is enough.
  bool imports_virtual_service(const std::vector<std::string>& hosts, std::string_view ns) const;

 private:
  struct Hosts {
    std::set<std::string, std::less<>> exact;
    std::vector<std::string> all, wildcards, excluded;
    bool excludes(std::string_view host) const;
    bool covers(std::string_view host) const;
    bool overlaps(std::string_view host) const;
  };
  const Hosts* of(std::string_view ns) const;

  std::map<std::string, Hosts, std::less<>> by_namespace_;
  const Hosts* any_ = nullptr;  // of namespace "*"
};

}  // namespace amime::mesh
