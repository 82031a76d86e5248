// The name of the workload that a pod belongs to, from its own name and the labels that its controller gave it. Pure.
//
// Kubernetes: pod-template-hash (Deployment), statefulset.kubernetes.io/pod-name, batch.kubernetes.io/job-name.
#pragma once

#include <string>
#include <string_view>

#include "mesh/object.h"

namespace amime::translate {

std::string workload_name(std::string_view pod, const mesh::Labels& labels);

}  // namespace amime::translate
