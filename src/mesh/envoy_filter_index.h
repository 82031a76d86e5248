// EnvoyFilterIndex: the EnvoyFilter objects of a snapshot, and which of them count for a proxy, in the order in which they
// are carried out.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "mesh/collections.h"
#include "mesh/object.h"
#include "mesh/proxy.h"

namespace amime::mesh {

class EnvoyFilterIndex {
 public:
  // Those of the root namespace and of the proxy's own whose workloadSelector (or targetRefs) mean it: by priority, then the
  // root namespace's first, then the oldest.
  std::vector<ObjectPtr> find(const ProxyFacts& proxy, std::string_view root_ns) const;
  const std::vector<ObjectPtr>& of_namespace(std::string_view ns) const;
  void replace(const ObjectPtr& before, const ObjectPtr& after);
  bool empty() const { return by_namespace_.empty(); }

 private:
  PersistentMap<std::shared_ptr<const std::vector<ObjectPtr>>> by_namespace_;
};

}  // namespace amime::mesh
