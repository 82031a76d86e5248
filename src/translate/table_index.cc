#include "translate/table_index.h"

#include "translate/hosts.h"

namespace amime::translate {

bool may_speak_http(const mesh::ServicePort& port) { return mesh::is_http(port.protocol) || port.protocol == mesh::Protocol::kUnset; }

ServiceIndex::ServiceIndex(const mesh::EgressListener& egress, std::uint32_t port) {
  by_host_.reserve(egress.services.size());
  for (const mesh::ServicePtr& service : egress.services) {
    if (service->resolution == mesh::Resolution::kAlias) {
      aliases_.push_back(service.get());
      alias_by_host_.emplace(service->host, service.get());
    }
    if (port != 0 && service->port(port) == nullptr) continue;
    const auto [it, added] = by_host_.emplace(service->host, services_.size());
    if (added) {
      services_.push_back(service.get());
    } else {
      services_[it->second] = service.get();  // of several services of one host the last counts, as in Istio
    }
  }
}

const mesh::Service* ServiceIndex::find(std::string_view host) const {
  const auto it = by_host_.find(host);
  return it == by_host_.end() ? nullptr : services_[it->second];
}

std::string_view ServiceIndex::target_of(std::string_view host) const {
  for (std::size_t steps = 0; steps <= aliases_.size(); ++steps) {
    const auto it = alias_by_host_.find(host);
    if (it == alias_by_host_.end()) return host;
    host = it->second->alias_of;
  }
  return {};
}

VirtualServiceIndex::VirtualServiceIndex(const mesh::EgressListener& egress) {
  exact_.reserve(egress.virtual_services.size());
  for (std::uint32_t i = 0; i < egress.virtual_services.size(); ++i) {
    for (const std::string& host : egress.virtual_services[i].hosts) (is_wildcard(host) ? wildcards_ : exact_).emplace(host, i);
  }
}

std::uint32_t VirtualServiceIndex::closest(std::string_view service_host) const {
  if (const auto it = exact_.find(service_host); it != exact_.end()) return it->second;
  std::uint32_t best = kNone;
  std::string_view best_host;
  for (const auto& [host, index] : wildcards_) {
    if (!covers(host, service_host) || (best != kNone && !more_specific(host, best_host))) continue;
    best = index;
    best_host = host;
  }
  return best;
}

}  // namespace amime::translate
