// How endpoint sets come about: from EndpointSlices and pods, from ServiceEntries' own endpoints, from workloads that
// selectors choose, or from the host's name itself.
#include <algorithm>
#include <map>
#include <set>

#include "mesh/digest.h"
#include "mesh/endpoint_index.h"
#include "mesh/host.h"
#include "networking/v1alpha3/service_entry.pb.h"

namespace amime::mesh {
namespace {

using istio::networking::v1alpha3::ServiceEntry;
using Sets = std::map<std::uint32_t, std::vector<Endpoint>>;

constexpr std::string_view kUnix = "unix://";

std::shared_ptr<const Labels> no_labels() {
  static const auto kNone = std::make_shared<const Labels>();
  return kNone;
}

bool is_dns(const Service& service) { return service.resolution == Resolution::kDns || service.resolution == Resolution::kDnsRoundRobin; }

Endpoint endpoint_of(const Workload& workload, const std::string& address, std::uint32_t port) {
  Endpoint out;
  out.address = address;
  out.port = address.starts_with(kUnix) ? 0 : port;
  out.labels = workload.labels;
  out.locality = workload.locality;
  out.weight = workload.weight;
  out.network = workload.network;
  out.service_account = workload.service_account;
  out.node_name = workload.node;
  out.hostname = workload.hostname;
  out.workload = workload.name;
  out.ns = workload.ns;
  return out;
}

// --- Kubernetes Services ---

class KubeEndpointsBuilder {
 public:
  KubeEndpointsBuilder(const EndpointInputs& in, const Service& service, Sets& sets) : in_(in), service_(service), sets_(sets) {}

  void add(const Object& slice) {
    const auto& spec = slice.as<KubeEndpoints>();
    if (spec.address_type == "FQDN") return;
    for (const auto& group : spec.groups)
      for (const auto& endpoint : group.endpoints)
        for (const auto& address : endpoint.addresses) add(slice, group, endpoint, address);
  }

 private:
  void add(const Object& slice, const KubeEndpointGroup& group, const KubeEndpoint& from, const std::string& address) {
    if (!from.ready && from.terminating && !from.serving) return;  // gone, in contrast to one that is not ready yet
    Endpoint endpoint = make(slice, from, address);
    for (const auto& port : group.ports) {
      // While an endpoint moves from one slice to another both name it.
      if (port.port == 0 || !seen_.insert(address + "\n" + port.name).second) continue;
      endpoint.port = port.port;
      // Two ports have one name while a number that was changed is kept beside the new one (retain.h).
      for (const auto& service_port : service_.ports)
        if (service_port.name == port.name) sets_[service_port.port].push_back(endpoint);
    }
  }

  Endpoint make(const Object& slice, const KubeEndpoint& from, const std::string& address) const {
    WorkloadPtr pod = pod_of(slice, from, address);
    Endpoint out;
    if (pod) {
      out = endpoint_of(*pod, address, 0);
    } else {
      out.address = address;
      out.labels = no_labels();
      out.node_name = from.node_name;
    }
    if (out.locality == Locality{} && !from.node_name.empty())
      out.locality = node_locality(in_.objects.find(Kind::kNode, "", from.node_name));
    if (out.locality == Locality{}) out.locality.zone = from.zone;
    out.healthy = from.ready;
    out.draining = !from.ready && from.serving && from.terminating;
    if (out.hostname.empty() && service_.headless) out.hostname = from.hostname;
    return out;
  }

  // By targetRef; without one a pod of the same namespace that has the address is the best guess.
  WorkloadPtr pod_of(const Object& slice, const KubeEndpoint& from, const std::string& address) const {
    if (from.target_kind == "Pod") {
      const auto& ns = from.target_namespace.empty() ? slice.key.ns : from.target_namespace;
      const WorkloadPtr* found = in_.workloads.pod(ns, from.target_name);
      return found ? *found : nullptr;
    }
    for (const auto& workload : in_.workloads.at_address(address))
      if (workload->is_pod && workload->ns == slice.key.ns) return workload;
    return nullptr;
  }

  const EndpointInputs& in_;
  const Service& service_;
  Sets& sets_;
  std::set<std::string> seen_;
};

// A Service's selector chooses WorkloadEntries too, if their address is one that Kubernetes could have.
void add_selected_entries(const EndpointInputs& in, const ServiceSource& source, Sets& sets) {
  if (!source.selecting || source.services[0]->resolution != Resolution::kStatic) return;
  for (const auto& entry : in.workloads.selected_entries(source.object->key.ns, source.selector)) {
    if (!entry->selectable || !is_ip(entry->addresses[0])) continue;
    for (const auto& port : source.object->as<KubeService>().ports)
      if (std::uint32_t target = kube_target_port(*entry, port))
        sets[port.port].push_back(endpoint_of(*entry, entry->addresses[0], target));
  }
}

void add_kube(const EndpointInputs& in, const ServiceSource& source, Sets& sets) {
  const auto& key = source.object->key;
  KubeEndpointsBuilder builder(in, *source.services[0], sets);
  for (const auto& slice : in.slices.of_service(in.objects, key.ns, key.name)) builder.add(*slice);
  add_selected_entries(in, source, sets);
}

// --- ServiceEntries ---

// Pods, then entries: the order in which Istio has them.
std::vector<WorkloadPtr> selected_workloads(const EndpointInputs& in, const ServiceSource& source, const Service& service) {
  std::vector<WorkloadPtr> out = in.workloads.selected_pods(service.ns, source.selector);
  auto entries = in.workloads.selected_entries(service.ns, source.selector);
  out.insert(out.end(), entries.begin(), entries.end());
  std::erase_if(out, [&](const WorkloadPtr& workload) {
    bool has_ip = !workload->addresses.empty() && is_ip(workload->addresses[0]);
    return !workload->selectable || (!has_ip && !is_dns(service));
  });
  return out;
}

// A DNS entry that names no endpoints means its own host.
void add_host_itself(const ServiceSource& source, const Service& service, Sets& sets) {
  for (const auto& port : service.ports) {
    Endpoint endpoint;
    endpoint.address = service.host;
    endpoint.port = port.target_port ? port.target_port : port.port;
    endpoint.labels = no_labels();
    endpoint.workload = source.object->key.name;
    endpoint.ns = service.ns;
    sets[port.port].push_back(std::move(endpoint));
  }
}

void add_entry(const EndpointInputs& in, const ServiceSource& source, const Service& service, Sets& sets) {
  auto workloads = source.selecting ? selected_workloads(in, source, service) : written_workloads(source);
  if (workloads.empty() && !source.selecting && is_dns(service)) return add_host_itself(source, service, sets);
  for (const auto& workload : workloads) {
    if (workload->addresses.empty() || workload->addresses[0].empty()) continue;
    for (const auto& port : service.ports)
      sets[port.port].push_back(endpoint_of(*workload, workload->addresses[0], entry_target_port(*workload, port)));
  }
}

// --- sets ---

std::uint64_t digest_of_endpoints(const std::vector<Endpoint>& endpoints) {
  Digest d;
  d.add(endpoints.size());
  for (const auto& e : endpoints) {
    d.add(e.address).add(e.port).add(*e.labels).add(e.locality.region).add(e.locality.zone).add(e.locality.subzone);
    d.add(e.weight).add(e.healthy).add(e.draining).add(e.network).add(e.service_account).add(e.node_name);
    d.add(e.hostname).add(e.workload).add(e.ns);
  }
  return d.value();
}

}  // namespace

std::vector<WorkloadPtr> written_workloads(const ServiceSource& source) {
  std::vector<WorkloadPtr> out;
  const auto& endpoints = source.object->spec<ServiceEntry>().endpoints();
  for (int i = 0; i < endpoints.size(); ++i)
    out.push_back(workload_of_endpoint(endpoints[i], source.object->key.ns, source.object->key.name + "-" + std::to_string(i)));
  return out;
}

std::uint32_t entry_target_port(const Workload& workload, const ServicePort& port) {
  auto own = workload.ports.find(port.name);
  if (own != workload.ports.end() && own->second > 0) return own->second;
  return port.target_port ? port.target_port : port.port;
}

std::uint32_t kube_target_port(const Workload& workload, const KubeServicePort& port) {
  // A number may still be overridden by an entry's port of the Service port's name.
  bool by_name = port.target_port == 0 && !port.target_port_name.empty();
  auto own = workload.ports.find(by_name ? port.target_port_name : port.name);
  if (own != workload.ports.end() && own->second > 0 && (by_name || !workload.is_pod)) return own->second;
  if (by_name) return 0;
  return port.target_port ? port.target_port : port.port;
}

HostEndpoints derive_endpoints(const EndpointInputs& in, std::string_view ns, std::string_view host) {
  const ServiceList* services = in.services.of_host(host);
  Sets sets;
  for (const auto& service : services ? *services : ServiceList{}) {
    if (service->ns != ns) continue;
    auto source = in.services.source(service->source);
    if (service->kubernetes) {
      add_kube(in, *source, sets);
      continue;
    }
    Sets own;
    add_entry(in, *source, *service, own);
    for (auto& [port, endpoints] : own) {
      if (service->resolution == Resolution::kDnsRoundRobin && sets.count(port)) continue;
      if (service->resolution == Resolution::kDnsRoundRobin) endpoints.resize(1);
      sets[port].insert(sets[port].end(), endpoints.begin(), endpoints.end());
    }
  }
  HostEndpoints out;
  for (auto& [port, endpoints] : sets) {
    auto set = std::make_shared<EndpointSet>();
    set->digest = digest_of_endpoints(endpoints);
    set->endpoints = std::move(endpoints);
    out.emplace_back(port, std::move(set));
  }
  return out;
}

}  // namespace amime::mesh
