#include "mesh/service_index.h"

#include "base/hash.h"
#include "mesh/mesh.h"
#include "mesh/service.h"
#include "mesh/workload_index.h"

namespace amime::mesh {
namespace {

bool in_order(const ServicePtr& a, const ServicePtr& b) { return older_service(*a, *b); }

// A sum, so that one service can be taken out and another put in without walking the rest.
std::uint64_t share(const Service& service) { return base::combine(0x5eed, service.digest); }

std::string selector_key(std::string_view ns, std::string_view key, std::string_view value) {
  std::string out;
  return out.append(ns).append("\n").append(key).append("=").append(value);
}

Names selector_keys(const ServiceSourcePtr& source) {
  if (!source || !source->selecting) return {};
  return {source->selector_key};
}

ServicePtr same_host(const ServiceSourcePtr& source, std::string_view host) {
  if (source)
    for (const auto& service : source->services)
      if (service->host == host) return service;
  return nullptr;
}

}  // namespace

ServiceSourcePtr ServiceIndex::source(Kind kind, std::string_view ns, std::string_view name) const {
  const ServiceSourcePtr* found = (kind == Kind::kService ? kube_ : entries_).find(ns, name);
  return found ? *found : nullptr;
}

const ServiceList* ServiceIndex::of_host(std::string_view host) const {
  const auto* found = by_host_.find(host);
  return found ? found->get() : nullptr;
}

std::vector<ServiceSourcePtr> ServiceIndex::selecting(std::string_view ns, const Labels& labels) const {
  Names names = selectors_.find(selector_key(ns, "", ""));
  for (const auto& [key, value] : labels) {
    const Names& found = selectors_.find(selector_key(ns, key, value));
    names.insert(names.end(), found.begin(), found.end());
  }
  // S before E: Kubernetes' Services first.
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) { return a[0] != b[0] ? a[0] > b[0] : a < b; });
  std::vector<ServiceSourcePtr> out;
  for (const auto& name : names) {
    auto found = source(name[0] == 'S' ? Kind::kService : Kind::kServiceEntry, ns, std::string_view(name).substr(2));
    if (selects(found->selector, labels)) out.push_back(std::move(found));
  }
  return out;
}

// The pair that the fewest others were put under: charts give all their Services some labels alike.
void ServiceIndex::choose_selector_key(ServiceSource& source, const ServiceSourcePtr& before) const {
  const std::string& ns = source.object->key.ns;
  if (before && before->selecting && before->selector == source.selector) {
    source.selector_key = before->selector_key;
    return;
  }
  source.selector_key = selector_key(ns, "", "");
  std::size_t fewest = 0;
  for (const auto& [key, value] : source.selector) {
    std::string candidate = selector_key(ns, key, value);
    std::size_t others = 1 + selectors_.find(candidate).size();
    if (fewest != 0 && others >= fewest) continue;
    fewest = others;
    source.selector_key = std::move(candidate);
  }
}

void ServiceIndex::replace_in_host(const ServicePtr& before, const ServicePtr& after) {
  const std::string& host = before ? before->host : after->host;
  auto next = std::make_shared<ServiceList>();
  if (const ServiceList* old = of_host(host)) *next = *old;
  if (before) std::erase(*next, before);
  if (after) next->insert(std::upper_bound(next->begin(), next->end(), after, in_order), after);
  if (next->empty()) {
    by_host_.erase(host);
  } else {
    by_host_.set(host, std::move(next));
  }
  if (before) headers_ -= share(*before);
  if (after) headers_ += share(*after);
  ordered_.replace(before, after);
}

void ServiceIndex::set(const ObjectKey& key, ServiceSourcePtr next, Names* hosts) {
  auto& map = key.kind == Kind::kService ? kube_ : entries_;
  ServiceSourcePtr before = source(key);
  if (next) {
    // Services that came out equal stay the very same objects.
    auto shared = std::make_shared<ServiceSource>(*next);
    for (auto& service : shared->services)
      if (auto old = same_host(before, service->host); old && old->digest == service->digest) service = old;
    if (shared->selecting) choose_selector_key(*shared, before);
    next = std::move(shared);
  }
  for (const auto& old : before ? before->services : ServiceList{}) {
    ServicePtr now = same_host(next, old->host);
    if (now == old) continue;
    replace_in_host(old, now);
    hosts->push_back(old->host);
  }
  for (const auto& now : next ? next->services : ServiceList{}) {
    if (same_host(before, now->host)) continue;
    replace_in_host(nullptr, now);
    hosts->push_back(now->host);
  }
  selectors_.move(selector_keys(before), selector_keys(next), (key.kind == Kind::kService ? "S/" : "E/") + key.name);
  by_address_.move(before ? before->endpoint_addresses : Names{}, next ? next->endpoint_addresses : Names{}, join_name(key.ns, key.name));
  if (next) {
    map.set(key.ns, key.name, std::move(next));
  } else {
    map.erase(key.ns, key.name);
  }
}

void ServiceIndex::settle() { ordered_.settle(in_order); }

}  // namespace amime::mesh
