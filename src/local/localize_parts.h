// The steps of localize(), in their order. Private to localize*.cc.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "local/localize.h"

namespace amime::local {

// A workload with the object that it was planned from.
struct Planned {
  Workload workload;
  mesh::ObjectPtr source;     // Deployment, Pod, WorkloadEntry; null: a gateway that we add
  mesh::KubePod pod;          // containers, service account, node; empty for WorkloadEntries
  bool ordinal_host = false;  // a StatefulSet's pod: its name is its host name
};

// localize_workloads.cc: pods of Deployments and the like, Pods, WorkloadEntries; those that a Gateway selects are gateways.
std::vector<Planned> plan_workloads(const std::vector<mesh::ObjectPtr>& objects, std::vector<std::string>* notes);
// localize_gateways.cc: one gateway for each selector of a Gateway object that selects none of `planned`; `services`
// receives a Service for each of them that no Service of the user selects.
void add_gateways(const std::vector<mesh::ObjectPtr>& objects, std::vector<Planned>* planned, std::vector<mesh::ObjectPtr>* services);
// A gateway's own ports: its servers', where its Services put them.
void set_gateway_ports(const std::vector<mesh::ObjectPtr>& objects, const std::vector<mesh::ObjectPtr>& services, Planned* gateway);

// localize_services.cc
std::vector<const Planned*> selected(const mesh::Object& service, const std::vector<Planned>& planned);
// The Service with a cluster IP (one of `taken` no more) and target ports where they really are.
mesh::ObjectPtr local_service(const mesh::ObjectPtr& service, const std::vector<const Planned*>& selected, PortRule ports,
                              std::map<std::string, std::string>* taken);
// Null: no endpoints.
mesh::ObjectPtr endpoint_slice(const mesh::Object& local_service, const std::vector<const Planned*>& selected,
                               const std::function<bool(const Workload&)>& ready);
// Where the Service's port is in that pod; 0: a named port that the pod does not have.
unsigned target_port(const mesh::KubeServicePort& port, const mesh::KubePod& pod);
// The ports at which the application of `planned` is reached; notes what the echo application cannot speak.
void set_application_ports(const std::vector<mesh::ObjectPtr>& objects, PortRule ports, Planned* planned);

// `object` with its digest set.
mesh::ObjectPtr finished(mesh::Object object);

}  // namespace amime::local
