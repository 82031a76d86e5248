// TelemetryIndex: the Telemetry objects of a snapshot, and which of them count for a proxy.
#pragma once

#include <string_view>
#include <vector>

#include "mesh/lists_by_namespace.h"
#include "mesh/object.h"
#include "mesh/proxy.h"

namespace amime::mesh {

class TelemetryIndex {
 public:
  // In the order in which later ones have the last word: the root namespace's own (the oldest without selector or
  // targetRefs), the proxy's namespace's own, then all of that namespace that mean this workload, oldest first.
  std::vector<ObjectPtr> find(const ProxyFacts& proxy, std::string_view root_ns) const;
  void replace(const ObjectPtr& before, const ObjectPtr& after);
  bool empty() const { return by_namespace_.empty(); }
  // Whether any of them speaks of metrics.
  bool metrics() const { return with_metrics_ > 0; }

 private:
  ObjectPtr namespace_wide(std::string_view ns) const;  // null: none
  ListsByNamespace<> by_namespace_;
  int with_metrics_ = 0;
};

}  // namespace amime::mesh
