#include "mesh/endpoint_index.h"

#include <algorithm>

namespace amime::mesh {
namespace {

EndpointSetPtr set_of(const HostEndpoints& sets, std::uint32_t port) {
  for (const auto& [number, set] : sets)
    if (number == port) return set;
  return nullptr;
}

}  // namespace

EndpointSetPtr empty_endpoint_set() {
  static const EndpointSetPtr kEmpty = std::make_shared<EndpointSet>();
  return kEmpty;
}

HostEndpointsPtr EndpointIndex::find(std::string_view ns, std::string_view host) const {
  const auto* found = sets_.find(join_name(ns, host));
  return found ? *found : nullptr;
}

EndpointSetPtr EndpointIndex::find(std::string_view ns, std::string_view host, std::uint32_t port) const {
  auto sets = find(ns, host);
  auto set = sets ? set_of(*sets, port) : nullptr;
  return set ? set : empty_endpoint_set();
}

void EndpointIndex::set(std::string_view ns, std::string_view host, HostEndpoints next, std::vector<std::uint32_t>* ports) {
  static const HostEndpoints kNone;
  auto before = find(ns, host);
  const HostEndpoints& old = before ? *before : kNone;
  std::erase_if(next, [](const auto& entry) { return entry.second->endpoints.empty(); });
  bool differs = old.size() != next.size();
  for (auto& [port, set] : next) {
    auto same = set_of(old, port);
    if (same && same->digest == set->digest) {
      set = same;
      continue;
    }
    ports->push_back(port);
    differs = true;
  }
  for (const auto& [port, set] : old)
    if (!set_of(next, port)) ports->push_back(port);
  if (!differs) return;
  if (next.empty()) {
    sets_.erase(join_name(ns, host));
  } else {
    sets_.set(join_name(ns, host), std::make_shared<const HostEndpoints>(std::move(next)));
  }
}

}  // namespace amime::mesh
