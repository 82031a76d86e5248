#include "translate/telemetry/workload_name.h"

namespace amime::translate {
namespace {

std::string_view label(const mesh::Labels& labels, std::string_view name) {
  const auto at = labels.find(name);
  return at == labels.end() ? std::string_view() : std::string_view(at->second);
}

}  // namespace

std::string workload_name(std::string_view pod, const mesh::Labels& labels) {
  if (const auto hash = label(labels, "pod-template-hash"); !hash.empty()) {
    const auto at = pod.rfind("-" + std::string(hash));
    return std::string(pod.substr(0, at));
  }
  if (!label(labels, "statefulset.kubernetes.io/pod-name").empty()) return std::string(pod.substr(0, pod.rfind('-')));
  for (const auto name : {"batch.kubernetes.io/job-name", "job-name"})
    if (const auto job = label(labels, name); !job.empty()) return std::string(job);
  return std::string(pod);
}

}  // namespace amime::translate
