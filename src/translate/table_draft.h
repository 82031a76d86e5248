// A route table while it is being planned (table_plan.cc): its virtual hosts in Istio's order, and who has which domain.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "translate/table_index.h"
#include "translate/table_plan.h"

namespace amime::translate {

struct VirtualHostDraft {
  VirtualHostPlan::Kind kind{};
  std::string_view host;
  std::uint32_t port = 0;
  const mesh::Service* service = nullptr;       // null: a host that only a VirtualService knows
  std::vector<std::uint32_t> virtual_services;  // indexes into the egress listener's
  std::vector<std::string> excluded;
  bool dropped = false;  // another virtual host has its only domain
};

struct TableDraft {
  std::vector<VirtualHostDraft> hosts;
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_host;

  // The virtual host of that name and port, made if it is new.
  VirtualHostDraft& claim(VirtualHostPlan::Kind kind, std::string_view host, std::uint32_t port, const mesh::Service* service);
};

// Gives every domain that two virtual hosts would have to one of them (domain_conflicts.cc).
void settle_domains(const ServiceIndex& services, const std::function<std::string_view()>& client_namespace, TableDraft* table);

}  // namespace amime::translate
