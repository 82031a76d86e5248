#include "mesh/workload.h"

#include <algorithm>

#include "mesh/host.h"
#include "networking/v1alpha3/workload_entry.pb.h"

namespace amime::mesh {
namespace {

using istio::networking::v1alpha3::WorkloadEntry;

constexpr std::string_view kRegion = "topology.kubernetes.io/region";
constexpr std::string_view kZone = "topology.kubernetes.io/zone";
constexpr std::string_view kSubzone = "topology.istio.io/subzone";
constexpr std::string_view kNetwork = "topology.istio.io/network";
constexpr std::string_view kCluster = "topology.istio.io/cluster";
constexpr std::string_view kHostname = "kubernetes.io/hostname";
constexpr std::string_view kLocalityLabel = "istio-locality";
constexpr std::string_view kClusterName = "Kubernetes";  // Istio's name of the only cluster

std::string label(const Labels& labels, std::string_view key, std::string_view old_key = {}) {
  auto found = labels.find(key);
  if (found == labels.end() && !old_key.empty()) found = labels.find(old_key);
  return found == labels.end() ? std::string() : found->second;
}

// The label's value separates by dots, because a label's value cannot hold slashes.
std::string locality_label(const Labels& labels) {
  std::string text = label(labels, kLocalityLabel);
  if (text.find('/') == std::string::npos) std::replace(text.begin(), text.end(), '.', '/');
  return text;
}

void set_if(Labels& labels, std::string_view key, const std::string& value) {
  if (!value.empty()) labels.insert_or_assign(std::string(key), value);
}

// Subsets and failover priorities may name these labels although no pod carries them.
std::shared_ptr<const Labels> with_topology(Labels labels, const Workload& workload) {
  set_if(labels, kRegion, workload.locality.region);
  set_if(labels, kZone, workload.locality.zone);
  set_if(labels, kSubzone, workload.locality.subzone);
  set_if(labels, kCluster, std::string(kClusterName));
  set_if(labels, kHostname, workload.node);
  if (!workload.network.empty()) labels.try_emplace(std::string(kNetwork), workload.network);
  return std::make_shared<const Labels>(std::move(labels));
}

WorkloadPtr from_entry(const WorkloadEntry& entry, std::string_view ns, std::string_view name, const Labels& metadata_labels) {
  auto out = std::make_shared<Workload>();
  out->ns = ns;
  out->name = name;
  out->addresses = {entry.address()};
  for (const auto& [port_name, number] : entry.ports()) out->ports[port_name] = number;
  out->weight = entry.weight();
  out->network = entry.network();
  out->service_account = entry.service_account();
  Labels labels(entry.labels().begin(), entry.labels().end());
  for (const auto& [key, value] : metadata_labels) labels.insert_or_assign(key, value);
  out->locality = parse_locality(entry.locality().empty() ? locality_label(labels) : entry.locality());
  out->labels = with_topology(std::move(labels), *out);
  return out;
}

// With health checks an entry counts as unhealthy until a check succeeded; that result stands in its status, which a
// snapshot does not have, so only the annotation's absence can be told.
bool health_checked(const Object& entry) {
  std::string text = label(entry.annotations, "proxy.istio.io/health-checks-enabled");
  return text == "true" || text == "1";
}

}  // namespace

Locality parse_locality(std::string_view text) {
  Locality out;
  for (std::string* part : {&out.region, &out.zone, &out.subzone}) {
    auto slash = text.find('/');
    *part = text.substr(0, slash);
    if (slash == std::string_view::npos) break;
    text.remove_prefix(slash + 1);
  }
  return out;
}

Locality node_locality(const ObjectPtr& node) {
  if (!node) return {};
  return {label(node->labels, kRegion, "failure-domain.beta.kubernetes.io/region"),
          label(node->labels, kZone, "failure-domain.beta.kubernetes.io/zone"), label(node->labels, kSubzone)};
}

WorkloadPtr workload_of_pod(const Object& object, const ObjectPtr& node) {
  const auto& pod = object.as<KubePod>();
  auto out = std::make_shared<Workload>();
  out->is_pod = true;
  out->ns = object.key.ns;
  out->name = object.key.name;
  out->addresses = pod.ips;
  for (const auto& container : pod.containers)
    for (const auto& port : container.ports)
      if (!port.name.empty() && port.protocol == "TCP") out->ports.emplace(port.name, port.port);
  std::string label_text = locality_label(object.labels);
  out->locality = label_text.empty() ? node_locality(node) : parse_locality(label_text);
  out->node = pod.node_name;
  out->service_account = pod.service_account;
  out->network = label(object.labels, kNetwork);
  if (!pod.subdomain.empty()) out->hostname = pod.hostname.empty() ? object.key.name : pod.hostname;
  out->alive = pod.phase != "Succeeded" && pod.phase != "Failed";
  out->selectable = out->alive && pod.ready && !pod.ips.empty();
  out->labels = with_topology(object.labels, *out);
  return out;
}

WorkloadPtr workload_of_entry(const Object& object) {
  auto out = from_entry(object.spec<WorkloadEntry>(), object.key.ns, object.key.name, object.labels);
  if (!health_checked(object)) return out;
  auto unhealthy = std::make_shared<Workload>(*out);
  unhealthy->selectable = false;
  return unhealthy;
}

WorkloadPtr workload_of_endpoint(const WorkloadEntry& endpoint, std::string_view ns, std::string_view name) {
  return from_entry(endpoint, ns, name, {});
}

}  // namespace amime::mesh
