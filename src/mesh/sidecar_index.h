// SidecarIndex: the Sidecar objects of a snapshot, and which one applies to a workload.
#pragma once

#include <string_view>
#include <vector>

#include "mesh/lists_by_namespace.h"
#include "mesh/objects.h"

namespace amime::mesh {

class SidecarIndex {
 public:
  // Of the namespace: the first whose workloadSelector matches, else its first without one; else the root namespace's
  // first without one. Null: none.
  ObjectPtr find(std::string_view ns, const Labels& labels, std::string_view root_ns) const;
  // Of one namespace: those with a workloadSelector, then those without, each oldest first.
  const std::vector<ObjectPtr>& of_namespace(std::string_view ns) const { return by_namespace_.of(ns); }
  void replace(const ObjectPtr& before, const ObjectPtr& after);

 private:
  ListsByNamespace<> by_namespace_;
};

}  // namespace amime::mesh
