// Which connections a workload takes: PeerAuthentication, added up as Istio does it. Pure; any thread.
//
// Fields: PeerAuthentication.selector, mtls.mode, portLevelMtls. The narrowest scope that says something counts: the workload's,
// the namespace's, the mesh's (the root namespace's without a selector); of several in one scope the oldest. Nobody says
// anything: PERMISSIVE.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "mesh/object.h"

namespace amime::mesh {

enum class MutualTls : std::uint8_t { kPermissive, kStrict, kDisable };

struct PeerModes {
  MutualTls mode = MutualTls::kPermissive;
  std::map<std::uint32_t, MutualTls> by_port;  // where the workload listens
  std::vector<ObjectKey> from;                 // the objects that say so
  MutualTls of(std::uint32_t port) const {
    const auto found = by_port.find(port);
    return found == by_port.end() ? mode : found->second;
  }
};

// The PeerAuthentications of the mesh that can concern workloads of one namespace, oldest first.
struct PeerPolicies {
  std::string_view ns, root_ns;
  const std::vector<ObjectPtr>* own = nullptr;   // of `ns`
  const std::vector<ObjectPtr>* root = nullptr;  // of `root_ns`
  std::uint64_t digest() const;
  PeerModes of(const Labels& workload) const;
};

}  // namespace amime::mesh
