// WasmPluginIndex: the WasmPlugin objects of a snapshot, and which of them count for a proxy, in the order in which their
// filters stand.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "mesh/collections.h"
#include "mesh/mesh.h"
#include "mesh/object.h"
#include "mesh/proxy.h"

namespace amime::mesh {

class WasmPluginIndex {
 public:
  // Those of the proxy's own namespace and of the root namespace whose selector (or targetRefs) mean it: by priority, the
  // highest first, then the own namespace's before the root's, then the oldest.
  std::vector<WasmPluginRef> find(const ProxyFacts& proxy, std::string_view root_ns) const;
  void replace(const ObjectPtr& before, const ObjectPtr& after);

 private:
  using List = std::vector<WasmPluginRef>;  // Istio's order of objects
  PersistentMap<std::shared_ptr<const List>> by_namespace_;
};

}  // namespace amime::mesh
