// AutoAddresses: which address of 240.240.0.0/16, and which of 2001:2::/48, stands for a ServiceEntry's host that has none, so
// that DNS capture can answer with something that leads to its listeners. The ranges are Istio's.
//
// The address follows from NAMESPACE/HOST alone wherever no other host wants the same, and never from the order in which
// hosts arrived: a table with linear probing in which the smaller name goes first has one layout for one set of names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/collections.h"

namespace amime::mesh {

class AutoAddresses {
 public:
  // `owner` is NAMESPACE/HOST. IPv4, then IPv6; empty: none.
  std::vector<std::string> addresses(std::string_view owner) const;
  // `entry`, a ServiceEntry, wants (no longer wants) an address for `owner`. Owners whose address is another than before
  // are appended to *moved.
  void claim(std::string_view owner, std::string_view entry, Names* moved);
  void release(std::string_view owner, std::string_view entry, Names* moved);
  // The ServiceEntries that claim `owner`.
  const Names& entries(std::string_view owner) const { return claims_.find(owner); }

 private:
  const std::string* at(std::uint32_t slot) const { return owners_.find(std::to_string(slot)); }
  void put(std::uint32_t slot, std::string owner, Names* moved);
  void insert(std::string owner, Names* moved);

  MultiMap claims_;                     // owner -> ServiceEntries
  PersistentMap<std::string> owners_;   // slot -> owner
  PersistentMap<std::uint32_t> slots_;  // owner -> slot
};

}  // namespace amime::mesh
