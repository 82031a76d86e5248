#include "mesh/update.h"

#include <algorithm>

namespace amime::mesh {
namespace {

constexpr std::string_view kTrafficDistribution = "networking.istio.io/traffic-distribution";

bool same_digest(const ObjectPtr& a, const ObjectPtr& b) { return a && b && a->digest == b->digest; }

bool same_workload(const Workload& a, const Workload& b) {
  return *a.labels == *b.labels && a.locality == b.locality && a.network == b.network && a.service_account == b.service_account &&
         a.node == b.node && a.hostname == b.hostname && a.addresses == b.addresses && a.ports == b.ports && a.weight == b.weight &&
         a.alive == b.alive && a.selectable == b.selectable;
}

std::string annotation(const ObjectPtr& object, std::string_view key) {
  if (!object) return {};
  auto found = object->annotations.find(key);
  return found == object->annotations.end() ? std::string() : found->second;
}

bool same_ports(const KubeEndpointGroup& a, const KubeEndpointGroup& b) {
  return std::equal(a.ports.begin(), a.ports.end(), b.ports.begin(), b.ports.end(),
                    [](const auto& x, const auto& y) { return x.name == y.name && x.port == y.port; });
}

// Whether an address that stands in both slices has the same ports in both. (Only Endpoints objects have several groups.)
bool same_ports(const ObjectPtr& a, const ObjectPtr& b) {
  const auto& old = a->as<KubeEndpoints>().groups;
  const auto& now = b->as<KubeEndpoints>().groups;
  return old.size() == 1 && now.size() == 1 && same_ports(old[0], now[0]);
}

// What the indexes are derived with; the rest of the configuration is read when facts are asked for.
bool same_for_indexes(const Settings& a, const Settings& b) {
  return a.root_namespace == b.root_namespace && a.service_export_to == b.service_export_to &&
         a.virtual_service_export_to == b.virtual_service_export_to && a.destination_rules_private == b.destination_rules_private;
}

// Nodes and Namespaces are read while others are derived; taken first, nothing has to be derived twice.
bool goes_first(const Change& change) { return change.key.kind == Kind::kNode || change.key.kind == Kind::kNamespace; }

}  // namespace

void Update::run(const std::vector<Change>& written) {
  take_settings(written);
  const bool all_take_part = before_.settings->discovery_selectors.empty() && next_.settings->discovery_selectors.empty();
  std::vector<Change> sorted;
  if (!all_take_part) sorted = next_.discovery.sort(written, *before_.settings, *next_.settings, before_.objects);
  const std::vector<Change>& changes = all_take_part ? written : sorted;
  for (const auto& change : changes)
    if (goes_first(change)) take(change);
  for (const auto& change : changes)
    if (!goes_first(change)) take(change);
  derive_services();
  for (const auto& name : endpoints_) derive_endpoints_of(name);
  derive_rules();
  // Only what stood before was derived with other settings.
  if (before_.objects.size() > 0 && !same_for_indexes(*before_.settings, *next_.settings)) rebuild();
}

ChangeSet Update::take_change_set() {
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  std::sort(objects_.begin(), objects_.end());
  objects_.erase(std::unique(objects_.begin(), objects_.end()), objects_.end());
  return {std::move(touched_), std::move(objects_)};
}

// One MeshConfig object is meant to exist; of several the first by name counts.
void Update::take_settings(const std::vector<Change>& changes) {
  bool any = false;
  Objects configs = before_.objects;
  for (const auto& change : changes) {
    if (change.key.kind != Kind::kMeshConfig) continue;
    any = true;
    if (change.object) {
      configs.set(change.object);
    } else {
      configs.erase(change.key);
    }
  }
  if (!any) return;
  auto all = configs.list(Kind::kMeshConfig);
  auto settings = make_settings(all.empty() ? nullptr : all.front());
  if (settings->digest == before_.settings->digest) return;
  next_.settings = std::move(settings);
  touch(Fact::kMeshConfig, "");
}

void Update::take(const Change& change) {
  ObjectPtr before = next_.objects.find(change.key);
  const ObjectPtr& after = change.object;
  if (before == after) return;
  if (after) {
    next_.objects.set(after);
  } else {
    next_.objects.erase(change.key);
  }
  if (!same_digest(before, after)) objects_.push_back(change.key);
  relate(change.key, before, after);
}

void Update::relate(const ObjectKey& key, const ObjectPtr& before, const ObjectPtr& after) {
  const bool differs = !same_digest(before, after);
  switch (key.kind) {
    case Kind::kService:
    case Kind::kServiceEntry: services_.insert(key); break;
    case Kind::kEndpoints:
    case Kind::kEndpointSlice: relate_slice(before, after); break;
    case Kind::kPod: relate_pod(key, after); break;
    case Kind::kWorkloadEntry: relate_entry(key, after); break;
    case Kind::kNode: relate_node(key); break;
    case Kind::kNamespace: relate_namespace(key, before, after); break;
    case Kind::kVirtualService:
      next_.virtual_services.relate(before, after, &roots_);
      if (differs) touch(Fact::kVirtualService, join_name(key.ns, key.name));
      break;
    case Kind::kDestinationRule: next_.destinations.relate(before, after, &groups_); break;
    case Kind::kSidecar:
      next_.sidecars.replace(before, after);
      if (differs) touch(Fact::kSidecars, key.ns);
      break;
    case Kind::kGateway:
      next_.gateways.replace(before, after);
      if (!differs) break;
      touch(Fact::kGateways, "");
      touch(Fact::kGateway, join_name(key.ns, key.name));
      break;
    case Kind::kEnvoyFilter:
      next_.envoy_filters.replace(before, after);
      if (differs) touch(Fact::kEnvoyFilters, "");
      break;
    case Kind::kTelemetry:
      next_.telemetries.replace(before, after);
      if (differs) touch(Fact::kTelemetries, "");
      break;
    case Kind::kWasmPlugin:
      next_.wasm_plugins.replace(before, after);
      if (!differs) break;
      touch(Fact::kWasmPlugins, "");
      touch(Fact::kWasmPlugin, join_name(key.ns, key.name));
      break;
    case Kind::kAuthorizationPolicy:
    case Kind::kRequestAuthentication:
    case Kind::kPeerAuthentication:
      next_.policies.replace(before, after);
      if (differs) touch_policies(key);
      break;
    case Kind::kKeySet:
      if (differs) touch(Fact::kKeySet, key.name);
      break;
    case Kind::kSecret:
      if (differs) touch(Fact::kSecret, join_name(key.ns, key.name));
      break;
    case Kind::kConfigMap:
      if (differs) touch(Fact::kSecret, join_name(key.ns, "configmap/" + key.name));
      break;
    default: break;
  }
}

void Update::touch_policies(const ObjectKey& key) {
  if (key.kind == Kind::kPeerAuthentication)
    touch(Fact::kPeers, key.ns);
  else
    touch(key.kind == Kind::kAuthorizationPolicy ? Fact::kAuthorizations : Fact::kAuthentications, key.ns);
}

void Update::relate_node(const ObjectKey& key) {
  const Names pods = next_.workloads.on_node(key.name);
  for (const auto& pod : pods) {
    auto [ns, name] = split_name(pod);
    ObjectKey pod_key{Kind::kPod, std::string(ns), std::string(name)};
    relate_pod(pod_key, next_.objects.find(pod_key));
  }
  for (const auto& service : next_.slices.services_on_node(key.name)) {
    auto [ns, name] = split_name(service);
    need_service_endpoints(ns, name);
  }
}

void Update::relate_namespace(const ObjectKey& key, const ObjectPtr& before, const ObjectPtr& after) {
  if (!before || !after || before->labels != after->labels) touch(Fact::kNamespace, key.name);
  if (annotation(before, kTrafficDistribution) == annotation(after, kTrafficDistribution)) return;
  for (Kind kind : {Kind::kService, Kind::kServiceEntry})
    next_.services.for_each_in(kind, key.name, [&](const ServiceSourcePtr& source) { services_.insert(source->object->key); });
}

void Update::relate_slice(const ObjectPtr& before, const ObjectPtr& after) {
  next_.slices.replace(before, after);
  const bool is_slice = (before ? before : after)->key.kind == Kind::kEndpointSlice;
  const bool stays = before && after && slice_service(before) == slice_service(after);
  for (const auto& service : {slice_service(before), slice_service(after)}) {
    if (service.empty()) continue;
    auto [ns, name] = split_name(service);
    need_service_endpoints(ns, name);
    // The first slice of a Service takes the place of its Endpoints object, the last one gives it back.
    if (!stays && is_slice) touch_addresses(slice_addresses(next_.objects.find(Kind::kEndpoints, ns, name)));
  }
  Names old = slice_addresses(before), now = slice_addresses(after), differing;
  if (stays && same_ports(before, after)) {
    std::set_symmetric_difference(old.begin(), old.end(), now.begin(), now.end(), std::back_inserter(differing));
  } else {
    std::set_union(old.begin(), old.end(), now.begin(), now.end(), std::back_inserter(differing));
  }
  touch_addresses(differing);
}

void Update::relate_pod(const ObjectKey& key, const ObjectPtr& after) {
  WorkloadPtr next;
  if (after) next = workload_of_pod(*after, next_.objects.find(Kind::kNode, "", after->as<KubePod>().node_name));
  WorkloadPtr before = next_.workloads.set_pod(key.ns, key.name, next);
  if (before && next && same_workload(*before, *next)) return;
  for (const auto& service : next_.slices.services_with_pod(join_name(key.ns, key.name))) {
    auto [ns, name] = split_name(service);
    need_service_endpoints(ns, name);
  }
  workload_changed(before, next);
}

void Update::relate_entry(const ObjectKey& key, const ObjectPtr& after) {
  WorkloadPtr next = after ? workload_of_entry(*after) : nullptr;
  WorkloadPtr before = next_.workloads.set_entry(key.ns, key.name, next);
  if (before && next && same_workload(*before, *next)) return;
  workload_changed(before, next);
}

// Services that know it by address, services and ServiceEntries that select it, and the proxies at its addresses.
void Update::workload_changed(const WorkloadPtr& before, const WorkloadPtr& after) {
  for (const auto& workload : {before, after}) {
    if (!workload) continue;
    touch_addresses(workload->addresses);
    if (workload->is_pod)
      for (const auto& address : workload->addresses)
        for (const auto& service : next_.slices.services_at_address(address)) {
          auto [ns, name] = split_name(service);
          need_service_endpoints(ns, name);
        }
    for (const auto& source : next_.services.selecting(workload->ns, *workload->labels))
      if (!workload->is_pod || source->object->key.kind == Kind::kServiceEntry) need_source_endpoints(*source);
  }
}

// Settings that every index depends on changed: everything is derived anew. Every fact counts as touched.
void Update::rebuild() {
  Snapshot fresh;
  fresh.settings = next_.settings;
  fresh.discovery = next_.discovery;
  std::vector<Change> all;
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    for (auto& object : next_.objects.list(static_cast<Kind>(kind))) all.push_back({object->key, object});
  Snapshot base = fresh;
  Update again(base, fresh);
  again.run(all);
  touched_.insert(touched_.end(), again.touched_.begin(), again.touched_.end());
  next_ = std::move(fresh);
}

void Update::touch_addresses(const std::vector<std::string>& addresses) {
  for (const auto& address : addresses) touch(Fact::kWorkload, address);
}

}  // namespace amime::mesh
