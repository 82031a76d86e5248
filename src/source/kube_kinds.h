// Kubernetes' own kinds: what Amime reads of each. One function a kind; each reads a whole object (spec, status, data) and
// reports wrong types and values that the API server would refuse.
#pragma once

#include "mesh/object.h"
#include "source/field_reader.h"

namespace amime::source {

mesh::Payload read_service(FieldReader& object);
mesh::Payload read_endpoints(FieldReader& object);
mesh::Payload read_endpoint_slice(FieldReader& object);
mesh::Payload read_pod(FieldReader& object);
mesh::Payload read_namespace(FieldReader& object);
mesh::Payload read_node(FieldReader& object);
mesh::Payload read_config_map(FieldReader& object);
mesh::Payload read_secret(FieldReader& object);
mesh::Payload read_workload(FieldReader& object);  // Deployment, StatefulSet, DaemonSet, ReplicaSet, Job
mesh::Payload read_cron_job(FieldReader& object);

// spec and status of a Pod, or the spec of a pod template.
void read_pod_spec(FieldReader& spec, mesh::KubePod& pod);

}  // namespace amime::source
