// What a proxy's own workload serves: the Services that select it (or name its address), and where its application
// listens for each of their ports.
#include <algorithm>
#include <set>

#include "mesh/data.h"

namespace amime::mesh {
namespace {

// Pods and WorkloadEntries may share an address (host network): the proxy's own name decides, then its namespace.
WorkloadPtr choose(const std::vector<WorkloadPtr>& workloads, bool pods, const ProxyFacts& proxy, bool other_namespaces) {
  WorkloadPtr same_namespace, any;
  for (const auto& workload : workloads) {
    if (workload->is_pod != pods) continue;
    if (workload->ns == proxy.ns && proxy.id == workload->name + "." + workload->ns) return workload;
    if (workload->ns == proxy.ns && !same_namespace) same_namespace = workload;
    if (!any) any = workload;
  }
  return same_namespace || !other_namespaces ? same_namespace : any;
}

class TargetCollector {
 public:
  TargetCollector(const Snapshot& snapshot, const ProxyFacts& proxy) : in_(snapshot), proxy_(proxy) {}

  std::vector<ServiceTarget> collect() {
    WorkloadPtr workload = workload_of(in_, proxy_);
    if (workload) {
      add_selecting(workload->ns, *workload->labels, workload);
    } else if (!proxy_.labels.empty()) {
      add_selecting(proxy_.ns, proxy_.labels, nullptr);
    }
    if (targets_.empty() && (!workload || workload->is_pod)) add_by_endpoints();
    add_entries();
    return sorted();
  }

 private:
  void add_selecting(std::string_view ns, const Labels& labels, const WorkloadPtr& workload) {
    for (const auto& source : in_.services.selecting(ns, labels)) {
      if (source->object->key.kind != Kind::kService) continue;
      const ServicePtr& service = source->services[0];
      // A WorkloadEntry can stand behind a Service only where Envoy gets endpoints from us.
      if (workload && !workload->is_pod && service->resolution != Resolution::kStatic) continue;
      for (const auto& port : source->object->as<KubeService>().ports) add(service, port, target_of(*source, port, workload));
    }
  }

  std::uint32_t target_of(const ServiceSource& source, const KubeServicePort& port, const WorkloadPtr& workload) const {
    if (workload) return kube_target_port(*workload, port);
    if (port.target_port) return port.target_port;
    if (port.target_port_name.empty()) return port.port;
    return endpoint_port(source, port.name);
  }

  // The number behind a named port, as the Service's own endpoints have it.
  std::uint32_t endpoint_port(const ServiceSource& source, const std::string& name) const {
    for (const auto& slice : in_.slices.of_service(in_.objects, source.object->key.ns, source.object->key.name))
      for (const auto& group : slice->as<KubeEndpoints>().groups)
        for (const auto& port : group.ports)
          if (port.name == name && holds_address(group)) return port.port;
    return 0;
  }

  bool holds_address(const KubeEndpointGroup& group) const {
    for (const auto& endpoint : group.endpoints)
      for (const auto& address : endpoint.addresses)
        if (std::find(proxy_.ips.begin(), proxy_.ips.end(), address) != proxy_.ips.end()) return true;
    return false;
  }

  // Services without a selector name their workloads by address.
  void add_by_endpoints() {
    std::set<std::string> services;
    for (const auto& ip : proxy_.ips)
      for (auto& service : in_.slices.services_at_address(ip)) services.insert(std::move(service));
    for (const auto& full_name : services) {
      auto [ns, name] = split_name(full_name);
      auto source = in_.services.source(Kind::kService, ns, name);
      if (!source || ns != proxy_.ns) continue;
      for (const auto& port : source->object->as<KubeService>().ports) add(source->services[0], port, endpoint_port(*source, port.name));
    }
  }

  void add(const ServicePtr& service, const KubeServicePort& port, std::uint32_t target) {
    const ServicePort* found = service->port(port.port);
    for (const auto& own : service->ports)
      if (own.name == port.name) found = &own;
    if (found) add(service, *found, target);
  }

  void add_entries() {
    for (const auto& ip : proxy_.ips) {
      for (const auto& full_name : in_.services.entries_at_address(ip)) {
        auto [ns, name] = split_name(full_name);
        if (ns == proxy_.ns) add_written(*in_.services.source(Kind::kServiceEntry, ns, name), ip);
      }
      for (const auto& workload : in_.workloads.at_address(ip)) {
        bool first_address = !workload->addresses.empty() && workload->addresses[0] == ip;
        if (!workload->selectable || !first_address || workload->ns != proxy_.ns) continue;
        for (const auto& source : in_.services.selecting(workload->ns, *workload->labels))
          if (source->object->key.kind == Kind::kServiceEntry) add_entry(*source, *workload);
      }
    }
  }

  void add_written(const ServiceSource& source, const std::string& ip) {
    for (const auto& workload : written_workloads(source))
      if (workload->addresses[0] == ip) add_entry(source, *workload);
  }

  void add_entry(const ServiceSource& source, const Workload& workload) {
    for (const auto& service : source.services)
      for (const auto& port : service->ports) add(service, port, entry_target_port(workload, port));
  }

  // Several ports of a Service may lead to one: the first of each protocol stands for them.
  void add(const ServicePtr& service, const ServicePort& port, std::uint32_t target) {
    if (target == 0 || port.protocol == Protocol::kUdp) return;
    for (const auto& known : targets_)
      if (known.service == service && known.target_port == target && known.port.protocol == port.protocol) return;
    targets_.push_back({service, port, target});
  }

  std::vector<ServiceTarget> sorted() {
    std::stable_sort(targets_.begin(), targets_.end(), [](const ServiceTarget& a, const ServiceTarget& b) {
      if (a.target_port != b.target_port) return a.target_port < b.target_port;
      if (a.service->created != b.service->created) return a.service->created < b.service->created;
      return a.service->host < b.service->host;
    });
    return std::move(targets_);
  }

  const Snapshot& in_;
  const ProxyFacts& proxy_;
  std::vector<ServiceTarget> targets_;
};

}  // namespace

WorkloadPtr workload_of(const Snapshot& snapshot, const ProxyFacts& proxy) {
  for (const auto& ip : proxy.ips) {
    auto workloads = snapshot.workloads.at_address(ip);
    if (auto entry = choose(workloads, false, proxy, true)) return entry;
    if (auto pod = choose(workloads, true, proxy, false)) return pod;
  }
  return nullptr;
}

std::vector<ServiceTarget> targets_of(const Snapshot& snapshot, const ProxyFacts& proxy) {
  return TargetCollector(snapshot, proxy).collect();
}

}  // namespace amime::mesh
