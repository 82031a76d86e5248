// Workload: what endpoints and targets need of a Pod or a WorkloadEntry, whichever it is, derived once per object.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/model.h"

namespace amime::mesh {

struct Workload {
  bool is_pod = false;
  std::string ns, name;
  std::shared_ptr<const Labels> labels;  // with the topology labels that Istio adds; never null
  Locality locality;
  std::string network, service_account, node, hostname;
  std::vector<std::string> addresses;                       // pod IPs; or the entry's one address (IP, host name, unix://path)
  std::map<std::string, std::uint32_t, std::less<>> ports;  // named container ports (TCP); or WorkloadEntry.ports
  std::uint32_t weight = 0;
  bool alive = true;       // a pod that has not ended: its addresses are its own
  bool selectable = true;  // a ServiceEntry may select it: a ready pod, a healthy entry
};
using WorkloadPtr = std::shared_ptr<const Workload>;

// The topology labels of a Node; null: no such node.
Locality node_locality(const ObjectPtr& node);
// `node`: the pod's Node object, or null.
WorkloadPtr workload_of_pod(const Object& pod, const ObjectPtr& node);
WorkloadPtr workload_of_entry(const Object& entry);
// An endpoint written into a ServiceEntry; `name` is ENTRY-INDEX.
WorkloadPtr workload_of_endpoint(const istio::networking::v1alpha3::WorkloadEntry& endpoint, std::string_view ns, std::string_view name);

}  // namespace amime::mesh
