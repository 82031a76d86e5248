#include <fmt/format.h>

#include "local/istio_specs.h"
#include "local/localize_parts.h"
#include "mesh/mesh.h"

namespace amime::local {
namespace {

std::string value_or(const mesh::Labels& map, std::string_view key) {
  auto it = map.find(key);
  return it == map.end() ? std::string() : it->second;
}

void set_annotations(const mesh::Labels& annotations, Workload* workload) {
  workload->command = value_or(annotations, kCommandAnnotation);
  workload->calls = value_or(annotations, kCallsAnnotation);
  workload->delay = value_or(annotations, kDelayAnnotation);
}

Planned planned_pod(const mesh::ObjectPtr& source, std::string name, const mesh::KubePod& pod, mesh::Labels labels) {
  Planned out;
  out.source = source;
  out.pod = pod;
  out.workload.ns = source->key.ns;
  out.workload.name = std::move(name);
  out.workload.owner = source->key.name;
  out.workload.labels = std::move(labels);
  if (!pod.service_account.empty()) out.workload.service_account = pod.service_account;
  return out;
}

void plan_template(const mesh::ObjectPtr& object, std::vector<Planned>* out) {
  const auto& spec = object->as<mesh::KubeWorkload>();
  const bool one_a_node = object->key.kind == mesh::Kind::kDaemonSet;
  const std::uint32_t count = one_a_node ? 1 : spec.replicas;
  for (std::uint32_t i = 0; i < count; ++i) {
    mesh::Labels labels(spec.template_labels.begin(), spec.template_labels.end());
    out->push_back(planned_pod(object, fmt::format("{}-{}", object->key.name, i), spec.pod, std::move(labels)));
    out->back().ordinal_host = object->key.kind == mesh::Kind::kStatefulSet;
    set_annotations({spec.template_annotations.begin(), spec.template_annotations.end()}, &out->back().workload);
  }
}

void plan_entry(const mesh::ObjectPtr& object, std::vector<Planned>* out) {
  auto spec = read_workload_entry(*object);
  mesh::KubePod pod;
  pod.service_account = spec.service_account;
  out->push_back(planned_pod(object, object->key.name, pod, std::move(spec.labels)));
  set_annotations(object->annotations, &out->back().workload);
}

bool is_control_plane(const Planned& planned) { return value_or(planned.workload.labels, "app") == "istiod"; }

bool selected_by_gateway(const Planned& planned, const std::vector<GatewaySpec>& gateways) {
  for (const auto& gateway : gateways)
    if (!gateway.selector.empty() && mesh::selects(gateway.selector, planned.workload.labels)) return true;
  return false;
}

}  // namespace

std::vector<Planned> plan_workloads(const std::vector<mesh::ObjectPtr>& objects, std::vector<std::string>* notes) {
  std::vector<Planned> out;
  std::vector<GatewaySpec> gateways;
  for (const auto& object : objects) {
    switch (object->key.kind) {
      case mesh::Kind::kDeployment:
      case mesh::Kind::kStatefulSet:
      case mesh::Kind::kDaemonSet:
      case mesh::Kind::kReplicaSet: plan_template(object, &out); break;
      case mesh::Kind::kJob:
      case mesh::Kind::kCronJob:
        plan_template(object, &out);
        if (!out.empty() && out.back().source == object && out.back().workload.command.empty()) {
          std::erase_if(out, [&](const Planned& planned) { return planned.source == object; });
          notes->push_back(fmt::format("{} {}/{} is left out: it has no annotation {}", mesh::kind_name(object->key.kind), object->key.ns,
                                       object->key.name, kCommandAnnotation));
        }
        break;
      case mesh::Kind::kPod:
        out.push_back(planned_pod(object, object->key.name, object->as<mesh::KubePod>(), object->labels));
        set_annotations(object->annotations, &out.back().workload);
        break;
      case mesh::Kind::kWorkloadEntry: plan_entry(object, &out); break;
      case mesh::Kind::kGateway: gateways.push_back(read_gateway(*object)); break;
      default: break;
    }
  }
  std::erase_if(out, [&](const Planned& planned) {
    if (!is_control_plane(planned)) return false;
    notes->push_back(fmt::format("{} is left out: the control plane runs in this process", planned.workload.key()));
    return true;
  });
  for (auto& planned : out)
    planned.workload.gateway = planned.source->key.kind != mesh::Kind::kWorkloadEntry && selected_by_gateway(planned, gateways);
  return out;
}

}  // namespace amime::local
