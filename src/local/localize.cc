#include "local/localize.h"

#include <algorithm>
#include <map>
#include <set>

#include "local/istio_specs.h"
#include "local/localize_parts.h"

namespace amime::local {
namespace {

using mesh::Kind;
using mesh::ObjectPtr;

std::string label_or(const mesh::Labels& labels, std::string_view key) {
  auto it = labels.find(key);
  return it == labels.end() ? std::string() : it->second;
}

// The Pod as Kubernetes would show it, running at its inbound address.
ObjectPtr pod_object(const Planned& planned, bool ready) {
  mesh::Object out;
  out.key = {Kind::kPod, planned.workload.ns, planned.workload.name};
  out.api_version = "v1";
  out.labels = planned.workload.labels;
  if (planned.source) out.origin = planned.source->origin;
  mesh::KubePod pod = planned.pod;
  pod.ips = {planned.workload.addresses.inbound};
  pod.phase = "Running";
  pod.ready = ready;
  pod.service_account = planned.workload.service_account;
  if (planned.ordinal_host && pod.hostname.empty()) pod.hostname = planned.workload.name;
  out.payload = std::move(pod);
  return finished(std::move(out));
}

ObjectPtr entry_object(const Planned& planned) {
  std::map<std::string, unsigned> moved;
  for (const auto& port : planned.workload.ports)
    if (port.local != port.declared && !port.name.empty()) moved[port.name] = port.local;
  return moved_workload_entry(*planned.source, planned.workload.addresses.inbound, moved);
}

std::vector<unsigned> service_ports(const std::vector<ObjectPtr>& objects) {
  std::set<unsigned> out;
  for (const auto& object : objects) {
    if (object->key.kind == Kind::kService)
      for (const auto& port : object->as<mesh::KubeService>().ports)
        if (port.protocol == "TCP") out.insert(port.port);
    if (object->key.kind == Kind::kServiceEntry)
      for (const auto& port : read_service_entry(*object).ports) out.insert(port.number);
  }
  return {out.begin(), out.end()};
}

// Gives it its addresses and ports; from here on its containers' ports are where they really are.
void place(Planned& planned, const std::vector<ObjectPtr>& objects, AddressPlan& plan, PortRule rule) {
  Workload& workload = planned.workload;
  workload.addresses = plan.of(workload.key());
  if (workload.gateway) {
    workload.addresses.bind = workload.addresses.app = workload.addresses.inbound;  // it has one side only
  } else {
    set_application_ports(objects, rule, &planned);
  }
  for (auto& container : planned.pod.containers)
    for (auto& port : container.ports) port.port = workload.gateway ? rule.gateway(port.port) : rule.local(port.port);
}

// All that one run of localize() works on.
struct Run {
  const std::vector<ObjectPtr>& objects;
  PortRule rule;
  std::set<std::string> unready;
  std::vector<Planned> planned;
  std::map<mesh::ObjectKey, ObjectPtr> out;
  std::set<std::pair<std::string, std::string>> own_slices;  // Services (namespace, name) whose endpoints we make

  bool ready(const Workload& workload) const { return !unready.contains(workload.key()); }
  void put(const ObjectPtr& object) {
    if (object) out[object->key] = object;
  }

  // Services with their endpoints; returns the localized Services.
  std::vector<ObjectPtr> services(const std::vector<ObjectPtr>& added) {
    std::vector<ObjectPtr> all = added, local;
    std::copy_if(objects.begin(), objects.end(), std::back_inserter(all),
                 [](const auto& object) { return object->key.kind == Kind::kService; });
    std::map<std::string, std::string> taken;
    for (const auto& service : all)
      for (const auto& ip : service->as<mesh::KubeService>().cluster_ips) taken[ip] = service->key.ns + "/" + service->key.name;
    for (const auto& service : all) {
      const auto pods = selected(*service, planned);
      local.push_back(local_service(service, pods, rule, &taken));
      put(local.back());
      if (!pods.empty()) own_slices.insert({service->key.ns, service->key.name});
    }
    return local;
  }

  void slices(const std::vector<ObjectPtr>& local_services) {
    for (const auto& service : local_services) {
      const auto pods = selected(*service, planned);
      put(endpoint_slice(*service, pods, [this](const Workload& workload) { return ready(workload); }));
    }
  }

  // Everything else passes, but for what we made anew.
  void pass() {
    for (const auto& object : objects) {
      const Kind kind = object->key.kind;
      const bool endpoints = kind == Kind::kEndpoints || kind == Kind::kEndpointSlice;
      if (endpoints && own_slices.contains({object->key.ns, object->as<mesh::KubeEndpoints>().service})) continue;
      if (kind == Kind::kPod || kind == Kind::kWorkloadEntry || kind == Kind::kService) continue;
      put(object);
    }
  }

  void mesh_config() {
    const auto key = std::find_if(objects.begin(), objects.end(), [](const auto& object) { return object->key.kind == Kind::kMeshConfig; });
    put(mesh_config_with_proxy(key == objects.end() ? nullptr : key->get(), kProxyPort));
  }
};

}  // namespace

std::string Workload::version() const {
  for (std::string_view key : {"version", "app.kubernetes.io/version", "service.istio.io/canonical-revision"})
    if (auto value = label_or(labels, key); !value.empty()) return value;
  return "v1";
}

ObjectPtr finished(mesh::Object object) {
  object.digest = mesh::object_digest(object);
  return std::make_shared<const mesh::Object>(std::move(object));
}

void mark_mutual_tls(Localized* localized) {
  constexpr const char* kLabel = "security.istio.io/tlsMode";
  std::set<std::pair<std::string, std::string>> workloads;
  for (const auto& workload : localized->workloads)
    if (!workload.gateway) workloads.emplace(workload.ns, workload.name);
  for (auto& object : localized->objects) {
    const bool entry = object->key.kind == Kind::kWorkloadEntry;
    if ((!entry && object->key.kind != Kind::kPod) || !workloads.contains({object->key.ns, object->key.name})) continue;
    if (entry) {
      object = labelled_workload_entry(*object, kLabel, "istio");
      continue;
    }
    mesh::Object pod = *object;
    pod.labels.emplace(kLabel, "istio");
    object = finished(std::move(pod));
  }
}

Localized localize(const std::vector<ObjectPtr>& objects, AddressPlan& plan, const std::vector<std::string>& unready, PortRule rule) {
  Localized result;
  Run run{objects, rule, {unready.begin(), unready.end()}, {}, {}, {}};
  run.planned = plan_workloads(objects, &result.notes);
  std::vector<ObjectPtr> added;
  add_gateways(objects, &run.planned, &added);
  std::sort(run.planned.begin(), run.planned.end(), [](const Planned& a, const Planned& b) {
    return std::tuple(!a.workload.gateway, a.workload.key()) < std::tuple(!b.workload.gateway, b.workload.key());
  });
  for (auto& planned : run.planned) place(planned, objects, plan, rule);
  const auto services = run.services(added);
  for (auto& planned : run.planned)
    if (planned.workload.gateway) set_gateway_ports(objects, services, &planned);
  run.pass();
  run.slices(services);
  for (const auto& planned : run.planned) {
    const bool entry = planned.source && planned.source->key.kind == Kind::kWorkloadEntry;
    run.put(entry ? entry_object(planned) : pod_object(planned, run.ready(planned.workload)));
    result.workloads.push_back(planned.workload);
  }
  run.mesh_config();
  result.service_ports = service_ports(objects);
  for (auto& [key, object] : run.out) result.objects.push_back(object);
  return result;
}

}  // namespace amime::local
