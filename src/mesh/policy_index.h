// PolicyIndex: the policies of a snapshot that decide about requests and connections (AuthorizationPolicy, RequestAuthentication,
// PeerAuthentication), and which of them count for a proxy.
#pragma once

#include <string_view>
#include <vector>

#include "mesh/lists_by_namespace.h"
#include "mesh/object.h"
#include "mesh/peer_modes.h"
#include "mesh/proxy.h"

namespace amime::mesh {

class PolicyIndex {
 public:
  // Those of the root namespace and of the proxy's own whose selector or targetRefs mean it, each namespace's oldest first.
  std::vector<ObjectPtr> authorizations(const ProxyFacts& proxy, std::string_view root_ns) const;
  std::vector<ObjectPtr> authentications(const ProxyFacts& proxy, std::string_view root_ns) const;
  // Points into the index.
  PeerPolicies peers(std::string_view ns, std::string_view root_ns) const;
  // Of any of the three kinds.
  void replace(const ObjectPtr& before, const ObjectPtr& after);

 private:
  ListsByNamespace<>& list_of(Kind kind);
  ListsByNamespace<> authorizations_, authentications_, peers_;
};

}  // namespace amime::mesh
