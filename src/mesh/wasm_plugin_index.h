// WasmPluginIndex: the WasmPlugin objects of a snapshot, and which of them count for a proxy, in the order in which their
// filters stand.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "mesh/lists_by_namespace.h"
#include "mesh/mesh.h"
#include "mesh/object.h"
#include "mesh/proxy.h"

namespace amime::mesh {

inline const ObjectPtr& object_of(const WasmPluginRef& ref) { return ref.object; }

class WasmPluginIndex {
 public:
  // Those of the proxy's own namespace and of the root namespace whose selector (or targetRefs) mean it: by priority, the
  // highest first, then the own namespace's before the root's, then the oldest.
  std::vector<WasmPluginRef> find(const ProxyFacts& proxy, std::string_view root_ns) const;
  void replace(const ObjectPtr& before, const ObjectPtr& after);

 private:
  ListsByNamespace<WasmPluginRef> by_namespace_;  // Istio's order of objects
};

}  // namespace amime::mesh
