// NameIndex: which addresses the names of the mesh have, looked up as Istio's agent does. Immutable once made; any thread.
//
// Made of a NameTable (NDS). Some 100 bytes a name: names stand once in one string, and the shorter forms of a Kubernetes name
// (reviews, reviews.ns, reviews.ns.svc) and those with the pod's search domain behind are worked out when asked for.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/dns/packet.h"

namespace amime::agent {

struct NameContext {
  std::string ns;                            // the proxy's: short names are of this namespace
  std::string domain = "svc.cluster.local";  // Kubernetes names outside of it have no shorter forms
  std::string search;                        // the first search domain of resolv.conf, lower case; empty: none
};

class NameIndex {
 public:
  // InvalidArgument: not a NameTable.
  static absl::StatusOr<std::shared_ptr<const NameIndex>> make(std::string_view name_table, const NameContext& context);

  // What to answer for a name in lower case. Null: not of the mesh, or of a type that is not kept here: ask elsewhere.
  // Without addresses: the name is, but not in this family.
  std::optional<DnsAnswer> find(std::string_view name, std::uint16_t type) const;

  std::size_t size() const { return hosts_.size(); }
  const std::string& bytes() const { return bytes_; }  // the NameTable, for debugging

 private:
  struct Host {
    std::string_view name;
    std::uint32_t v4, v4_end, v6, v6_end;  // in addresses_v4_, addresses_v6_
  };
  struct Alias {
    std::string_view name;  // "reviews.ns"
    std::uint32_t host;
  };
  struct Found {
    const Host* host = nullptr;
    std::string target;  // where a search domain was taken off
  };
  class Builder;

  const Host* exact(std::string_view name) const;
  const Host* alias(std::string_view name) const;
  const Host* short_form(std::string_view name) const;
  const Host* wildcard(std::string_view name) const;
  std::string_view without_search(std::string_view name) const;  // empty: the search domain is not behind it
  Found look_up(std::string_view name) const;

  NameContext context_;
  std::string names_;        // what the views below look at
  std::vector<Host> hosts_;  // by name
  std::vector<Alias> aliases_;
  std::string addresses_v4_, addresses_v6_;  // 4 and 16 bytes each
  std::string bytes_;
};

// A NameTable as JSON; "{}" where it is none.
std::string name_table_json(std::string_view name_table);

}  // namespace amime::agent
