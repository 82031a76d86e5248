// The second half of Update: what is derived from objects and relations.
#include <algorithm>

#include "mesh/host.h"
#include "mesh/service.h"
#include "mesh/update.h"
#include "networking/v1alpha3/service_entry.pb.h"

namespace amime::mesh {
namespace {

using istio::networking::v1alpha3::ServiceEntry;

std::string endpoints_key(std::string_view host, std::uint32_t port) { return std::string(host) + "|" + std::to_string(port); }

std::vector<std::string> hosts_without_address(const ServiceSourcePtr& source) {
  return source ? hosts_without_address(*source->object) : std::vector<std::string>{};
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The selector and the ports' targets are no part of a Service as clients see it, but its workloads depend on them.
bool same_for_workloads(const ServiceSourcePtr& a, const ServiceSourcePtr& b) {
  return a && b && a->object->digest == b->object->digest && a->services == b->services;
}

// Whether both reach the same workloads.
bool same_reach(const ServiceSourcePtr& a, const ServiceSourcePtr& b) {
  return a && b && a->selecting == b->selecting && a->selector == b->selector && a->endpoint_addresses == b->endpoint_addresses;
}

}  // namespace

const Service* preferred_service(const ServiceList* services) {
  if (!services) return nullptr;
  for (const auto& service : *services)
    if (service->kubernetes) return service.get();
  return services->front().get();
}

void Update::need_service_endpoints(std::string_view ns, std::string_view service) {
  endpoints_.insert(join_name(ns, resolve_host(service, ns)));
}

void Update::need_source_endpoints(const ServiceSource& source) {
  for (const auto& service : source.services) endpoints_.insert(join_name(service->ns, service->host));
}

// ServiceEntries claim addresses before any is derived; those whose address moves thereby are derived again too.
void Update::claim_addresses() {
  Names moved;
  auto& addresses = next_.services.auto_addresses;
  std::set<ObjectKey> entries;
  for (const auto& key : services_)
    if (key.kind == Kind::kServiceEntry) entries.insert(key);
  for (const auto& key : entries) {
    auto before = hosts_without_address(next_.services.source(key));
    ObjectPtr object = next_.objects.find(key);
    auto after = object ? mesh::hosts_without_address(*object) : std::vector<std::string>{};
    for (const auto& host : before)
      if (!contains(after, host)) addresses.release(join_name(key.ns, host), key.name, &moved);
    for (const auto& host : after)
      if (!contains(before, host)) addresses.claim(join_name(key.ns, host), key.name, &moved);
  }
  for (const auto& owner : moved)
    for (const auto& name : addresses.entries(owner)) services_.insert({Kind::kServiceEntry, std::string(split_name(owner).first), name});
}

void Update::derive_services() {
  if (services_.empty()) return;
  claim_addresses();
  for (const auto& key : services_) derive_service(key);
  next_.services.settle();
}

// What the object becomes; null: it is gone.
ServiceSourcePtr Update::source_of(const ObjectKey& key) const {
  ObjectPtr object = next_.objects.find(key);
  if (!object) return nullptr;
  auto out = std::make_shared<ServiceSource>();
  out->object = object;
  ObjectPtr ns = next_.objects.find(Kind::kNamespace, "", key.ns);
  if (key.kind == Kind::kService) {
    out->services = {service_of(*object, *next_.settings, ns)};
    out->selector = object->as<KubeService>().selector;
    out->selecting = !out->selector.empty();
    return out;
  }
  out->services = services_of_entry(*object, *next_.settings, ns, [&](const std::string& host) {
    return next_.services.auto_addresses.addresses(join_name(key.ns, host));
  });
  const auto& entry = object->spec<ServiceEntry>();
  out->selecting = entry.has_workload_selector();
  out->selector = {entry.workload_selector().labels().begin(), entry.workload_selector().labels().end()};
  if (out->selecting) return out;  // then Istio does not look at endpoints
  for (const auto& endpoint : entry.endpoints()) out->endpoint_addresses.push_back(endpoint.address());
  sort_unique(out->endpoint_addresses);
  return out;
}

void Update::derive_service(const ObjectKey& key) {
  ServiceSourcePtr before = next_.services.source(key);
  Names hosts;
  next_.services.set(key, source_of(key), &hosts);
  ServiceSourcePtr after = next_.services.source(key);
  for (const auto& host : hosts) services_of_host_changed(host);
  if (before) need_source_endpoints(*before);
  if (after) need_source_endpoints(*after);
  if (same_for_workloads(before, after)) return;
  if (!same_reach(before, after)) touch_workloads_of(before);
  touch_workloads_of(after ? after : before);
  touch(Fact::kWorkload, "@" + key.ns);
}

void Update::services_of_host_changed(const std::string& host) {
  touch(Fact::kService, host);
  touch(Fact::kServiceHeaders, "");
  const Service* before = preferred_service(before_.services.of_host(host));
  const Service* after = preferred_service(next_.services.of_host(host));
  if (!before || !after || before->ns == after->ns) return;
  // Another namespace's endpoints now answer for the host.
  for (const auto& sets : {before_.endpoints.find(before->ns, host), before_.endpoints.find(after->ns, host)})
    if (sets)
      for (const auto& [port, set] : *sets) touch(Fact::kEndpoints, endpoints_key(host, port));
}

// The proxies of workloads that a Service has by selector or by address. Those of workloads and slices that change in
// this update touch their facts themselves, so the snapshot before is where the others are found.
void Update::touch_workloads_of(const ServiceSourcePtr& source) {
  if (!source) return;
  const ObjectKey& key = source->object->key;
  if (source->selecting) {
    for (const auto& pod : before_.workloads.selected_pods(key.ns, source->selector)) touch_addresses(pod->addresses);
    for (const auto& entry : before_.workloads.selected_entries(key.ns, source->selector)) touch_addresses(entry->addresses);
  }
  if (key.kind == Kind::kService) {
    for (const auto& slice : before_.slices.of_service(before_.objects, key.ns, key.name)) touch_addresses(slice_addresses(slice));
  } else {
    touch_addresses(source->endpoint_addresses);
  }
}

void Update::derive_endpoints_of(const std::string& name) {
  auto [ns, host] = split_name(name);
  std::vector<std::uint32_t> ports;
  next_.endpoints.set(ns, host, derive_endpoints(next_.endpoint_inputs(), ns, host), &ports);
  for (std::uint32_t port : ports) touch(Fact::kEndpoints, endpoints_key(host, port));
}

void Update::derive_rules() {
  sort_unique(groups_);
  for (const auto& group : groups_)
    if (next_.destinations.derive(next_.objects, *next_.settings, group)) touch(Fact::kDestination, std::string(split_name(group).second));
  sort_unique(roots_);
  for (const auto& root : roots_)
    if (next_.virtual_services.derive(next_.objects, *next_.settings, root)) touch(Fact::kVirtualServiceHeaders, "");
  next_.virtual_services.settle();
  next_.gateways.settle();
}

}  // namespace amime::mesh
