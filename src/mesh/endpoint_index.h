// EndpointIndex: the endpoint sets of a snapshot by host and namespace, derived when their inputs change.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mesh/collections.h"
#include "mesh/service_index.h"
#include "mesh/slice_index.h"
#include "mesh/workload_index.h"

namespace amime::mesh {

// The sets of one host in one namespace, by service port.
using HostEndpoints = std::vector<std::pair<std::uint32_t, EndpointSetPtr>>;
using HostEndpointsPtr = std::shared_ptr<const HostEndpoints>;

// What endpoints are derived from.
struct EndpointInputs {
  const Objects& objects;
  const WorkloadIndex& workloads;
  const ServiceIndex& services;
  const SliceIndex& slices;
};

// All services of `host` in namespace `ns` (a Service and ServiceEntries may share a host) put their endpoints together.
HostEndpoints derive_endpoints(const EndpointInputs& in, std::string_view ns, std::string_view host);

// Where the application of `workload` listens for a ServiceEntry's port: the workload's own port of that name, else
// targetPort, else the number.
std::uint32_t entry_target_port(const Workload& workload, const ServicePort& port);
// The same for a Kubernetes Service; 0: it has no port of that name.
std::uint32_t kube_target_port(const Workload& workload, const KubeServicePort& port);

// The endpoints that a ServiceEntry writes down, in its order.
std::vector<WorkloadPtr> written_workloads(const ServiceSource& source);

EndpointSetPtr empty_endpoint_set();

class EndpointIndex {
 public:
  // Never null.
  EndpointSetPtr find(std::string_view ns, std::string_view host, std::uint32_t port) const;
  HostEndpointsPtr find(std::string_view ns, std::string_view host) const;  // null: none
  // Replaces the sets of NS/HOST; ports whose set differs are appended to *ports. Sets that came out equal stay the same.
  void set(std::string_view ns, std::string_view host, HostEndpoints next, std::vector<std::uint32_t>* ports);

 private:
  PersistentMap<HostEndpointsPtr> sets_;  // NAMESPACE/HOST
};

}  // namespace amime::mesh
