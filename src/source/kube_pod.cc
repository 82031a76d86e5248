// core/v1 Pod, Namespace, Node; apps/v1 Deployment and its kin, batch/v1 Job and CronJob.
#include "source/kube_kinds.h"

namespace amime::source {
namespace {

using mesh::KubeContainer;
using mesh::KubeContainerPort;
using mesh::KubePod;
using mesh::KubeWorkload;

void read_container(FieldReader& item, KubePod& pod) {
  KubeContainer container;
  item.read("name", container.name);
  item.read("image", container.image);
  item.each("ports", [&](FieldReader& port) {
    KubeContainerPort out;
    port.read("name", out.name);
    port.read("protocol", out.protocol);
    port.port("containerPort", out.port);
    container.ports.push_back(std::move(out));
  });
  pod.containers.push_back(std::move(container));
}

void read_pod_status(FieldReader& status, KubePod& pod) {
  status.read("phase", pod.phase);
  status.each("podIPs", [&](FieldReader& ip) { ip.read("ip", pod.ips.emplace_back()); });
  std::string single;
  status.read("podIP", single);
  if (pod.ips.empty() && !single.empty()) pod.ips.push_back(single);
  status.each("conditions", [&](FieldReader& condition) {
    std::string type, value;
    condition.read("type", type);
    condition.read("status", value);
    if (type == "Ready") pod.ready = value == "True";
  });
}

void read_template(FieldReader& spec, KubeWorkload& workload) {
  spec.in("template", [&](FieldReader& pod_template) {
    pod_template.in("metadata", [&](FieldReader& metadata) {
      metadata.read("labels", workload.template_labels);
      metadata.read("annotations", workload.template_annotations);
    });
    pod_template.in("spec", [&](FieldReader& pod_spec) { read_pod_spec(pod_spec, workload.pod); });
  });
}

}  // namespace

void read_pod_spec(FieldReader& spec, KubePod& pod) {
  spec.read("nodeName", pod.node_name);
  spec.read("serviceAccountName", pod.service_account);
  if (pod.service_account.empty()) spec.read("serviceAccount", pod.service_account);
  spec.read("hostname", pod.hostname);
  spec.read("subdomain", pod.subdomain);
  spec.each("containers", [&](FieldReader& container) { read_container(container, pod); });
  // A native sidecar is an init container that keeps running; its ports count.
  spec.each("initContainers", [&](FieldReader& container) {
    std::string restart;
    container.read("restartPolicy", restart);
    if (restart == "Always") read_container(container, pod);
  });
}

mesh::Payload read_pod(FieldReader& object) {
  KubePod pod;
  object.in("spec", [&](FieldReader& spec) { read_pod_spec(spec, pod); });
  object.in("status", [&](FieldReader& status) { read_pod_status(status, pod); });
  return pod;
}

mesh::Payload read_namespace(FieldReader&) { return std::monostate{}; }
mesh::Payload read_node(FieldReader&) { return mesh::KubeNode{}; }

mesh::Payload read_workload(FieldReader& object) {
  KubeWorkload workload;
  object.in("spec", [&](FieldReader& spec) {
    spec.read("replicas", workload.replicas);
    read_template(spec, workload);
  });
  return workload;
}

mesh::Payload read_cron_job(FieldReader& object) {
  KubeWorkload workload;
  object.in("spec", [&](FieldReader& spec) {
    spec.in("jobTemplate", [&](FieldReader& job) { job.in("spec", [&](FieldReader& job_spec) { read_template(job_spec, workload); }); });
  });
  return workload;
}

}  // namespace amime::source
