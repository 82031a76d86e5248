// EnvoyFilterIndex: the EnvoyFilter objects of a snapshot, and which of them count for a proxy, in the order in which they
// are carried out.
#pragma once

#include <string_view>
#include <vector>

#include "mesh/lists_by_namespace.h"
#include "mesh/object.h"
#include "mesh/proxy.h"

namespace amime::mesh {

class EnvoyFilterIndex {
 public:
  // Those of the root namespace and of the proxy's own whose workloadSelector (or targetRefs) mean it: by priority, then the
  // root namespace's first, then the oldest.
  std::vector<ObjectPtr> find(const ProxyFacts& proxy, std::string_view root_ns) const;
  void replace(const ObjectPtr& before, const ObjectPtr& after);
  bool empty() const { return by_namespace_.empty(); }

 private:
  ListsByNamespace<> by_namespace_;
};

}  // namespace amime::mesh
