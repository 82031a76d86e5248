// WorkloadIndex: the pods and WorkloadEntries of a snapshot, and the ways to find them: by name, by address, by node.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mesh/collections.h"
#include "mesh/workload.h"

namespace amime::mesh {

class WorkloadIndex {
 public:
  const WorkloadPtr* pod(std::string_view ns, std::string_view name) const { return pods_.find(ns, name); }
  // Pods that have not ended, then WorkloadEntries, each by namespace and name.
  std::vector<WorkloadPtr> at_address(std::string_view address) const;
  // The pods of a node, as NAMESPACE/NAME.
  Names on_node(std::string_view node) const { return by_node_.find(node); }
  // The WorkloadEntries, then the pods, of a namespace that have the labels; each by name. Empty selector: all.
  std::vector<WorkloadPtr> selected_entries(std::string_view ns, const std::map<std::string, std::string>& selector) const;
  std::vector<WorkloadPtr> selected_pods(std::string_view ns, const std::map<std::string, std::string>& selector) const;

  // Null: gone. Returns what was there.
  WorkloadPtr set_pod(std::string_view ns, std::string_view name, WorkloadPtr next);
  WorkloadPtr set_entry(std::string_view ns, std::string_view name, WorkloadPtr next);

 private:
  ByNamespace<WorkloadPtr> pods_, entries_;
  MultiMap by_address_;  // p/NAMESPACE/NAME or w/NAMESPACE/NAME
  SetMap by_node_;
};

// "NAMESPACE/NAME" in its two parts.
std::pair<std::string_view, std::string_view> split_name(std::string_view text);
std::string join_name(std::string_view ns, std::string_view name);

}  // namespace amime::mesh
