#include "mesh/workload_index.h"

#include "mesh/mesh.h"

namespace amime::mesh {
namespace {

Names addresses_of(const WorkloadPtr& workload) {
  if (!workload || !workload->alive) return {};
  Names out = workload->addresses;
  sort_unique(out);
  return out;
}

Names node_of(const WorkloadPtr& workload) {
  if (!workload || workload->node.empty()) return {};
  return {workload->node};
}

WorkloadPtr replace(ByNamespace<WorkloadPtr>& map, std::string_view ns, std::string_view name, const WorkloadPtr& next) {
  const WorkloadPtr* found = map.find(ns, name);
  WorkloadPtr before = found ? *found : nullptr;
  if (next) {
    map.set(ns, name, next);
  } else if (before) {
    map.erase(ns, name);
  }
  return before;
}

std::vector<WorkloadPtr> selected(const ByNamespace<WorkloadPtr>& map, std::string_view ns,
                                  const std::map<std::string, std::string>& selector) {
  std::vector<WorkloadPtr> out;
  map.for_each_in(ns, [&](const std::string&, const WorkloadPtr& workload) {
    if (selects(selector, *workload->labels)) out.push_back(workload);
  });
  std::sort(out.begin(), out.end(), [](const WorkloadPtr& a, const WorkloadPtr& b) { return a->name < b->name; });
  return out;
}

}  // namespace

std::pair<std::string_view, std::string_view> split_name(std::string_view text) {
  auto slash = text.find('/');
  return {text.substr(0, slash), text.substr(slash + 1)};
}

std::string join_name(std::string_view ns, std::string_view name) {
  std::string out;
  out.reserve(ns.size() + name.size() + 1);
  return out.append(ns).append("/").append(name);
}

std::vector<WorkloadPtr> WorkloadIndex::at_address(std::string_view address) const {
  std::vector<WorkloadPtr> out;
  for (const auto& key : by_address_.find(address)) {
    auto [ns, name] = split_name(std::string_view(key).substr(2));
    out.push_back(*(key[0] == 'p' ? pods_ : entries_).find(ns, name));
  }
  return out;
}

std::vector<WorkloadPtr> WorkloadIndex::selected_entries(std::string_view ns, const std::map<std::string, std::string>& selector) const {
  return selected(entries_, ns, selector);
}
std::vector<WorkloadPtr> WorkloadIndex::selected_pods(std::string_view ns, const std::map<std::string, std::string>& selector) const {
  return selected(pods_, ns, selector);
}

WorkloadPtr WorkloadIndex::set_pod(std::string_view ns, std::string_view name, WorkloadPtr next) {
  WorkloadPtr before = replace(pods_, ns, name, next);
  by_address_.move(addresses_of(before), addresses_of(next), "p/" + join_name(ns, name));
  by_node_.move(node_of(before), node_of(next), join_name(ns, name));
  return before;
}

WorkloadPtr WorkloadIndex::set_entry(std::string_view ns, std::string_view name, WorkloadPtr next) {
  WorkloadPtr before = replace(entries_, ns, name, next);
  by_address_.move(addresses_of(before), addresses_of(next), "w/" + join_name(ns, name));
  return before;
}

}  // namespace amime::mesh
