// Envoy refuses a route table in which two virtual hosts have one domain. Whose it is depends on order, as in Istio:
// virtual hosts of VirtualServices come before those of mere services; the first to claim a domain has it; but the full
// name of a service is never taken by the shorter name of another.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "translate/domains.h"
#include "translate/hosts.h"
#include "translate/table_draft.h"

namespace amime::translate {
namespace {

using ClientNamespace = std::function<std::string_view()>;

// The full name that `host` could be a shorter form of; `pods`: it stands for a headless service's pods.
std::string full_form(std::string_view host, const ClientNamespace& client_namespace, bool* pods) {
  *pods = host.starts_with("*.");
  const std::string_view bare = *pods ? host.substr(2) : host;
  const bool bare_name = bare.find('.') == std::string_view::npos;
  std::string full = full_name_of(bare, bare_name ? client_namespace() : std::string_view());
  if (full.empty() && *pods) full = bare;
  return full;
}

// "reviews.default" as a host of its own, beside the service reviews.default.svc.cluster.local.
void settle_names(const ServiceIndex& services, const ClientNamespace& client_namespace, TableDraft* table) {
  for (std::size_t i = 0; i < table->hosts.size(); ++i) {
    VirtualHostDraft& mine = table->hosts[i];
    bool pods = false;
    const std::string full = full_form(mine.host, client_namespace, &pods);
    if (full.empty()) continue;
    auto owners = table->by_host.find(full);
    if (owners == table->by_host.end()) owners = table->by_host.find(services.target_of(full));
    if (owners == table->by_host.end()) continue;
    for (const std::size_t j : owners->second) {
      VirtualHostDraft& other = table->hosts[j];
      if (j == i || other.port != mine.port || other.service == nullptr || (pods && !other.service->headless)) continue;
      if (mine.service == nullptr && j < i) {
        mine.dropped = true;
      } else {
        other.excluded.emplace_back(mine.host);
        if (mine.service != nullptr) other.excluded.push_back(std::string(mine.host) + ".");  // its absolute form
      }
    }
  }
}

// Who is asked first for its addresses: virtual hosts with a VirtualService, then Kubernetes' own, then ServiceEntries (Istio
// leaves the order of the last two to chance).
int address_rank(const VirtualHostDraft& draft) { return !draft.virtual_services.empty() ? 0 : draft.service->kubernetes ? 1 : 2; }

void settle_addresses(TableDraft* table) {
  std::unordered_map<std::uint32_t, std::unordered_set<std::string_view>> taken;  // by port
  for (const int rank : {0, 1, 2}) {
    for (VirtualHostDraft& draft : table->hosts) {
      if (draft.service == nullptr || address_rank(draft) != rank) continue;
      auto& of_port = taken[draft.port];
      for (const std::string& address : draft.service->addresses) {
        const bool is_a_host = table->by_host.contains(address);
        if (is_a_host || !of_port.insert(address).second) draft.excluded.push_back(bracketed(address));
      }
    }
  }
}

// Domains have no case: of hosts that are told apart by it alone the first is served.
void settle_case(TableDraft* table) {
  const auto has_capital = [](const VirtualHostDraft& draft) { return lower(draft.host) != draft.host; };
  if (std::none_of(table->hosts.begin(), table->hosts.end(), has_capital)) return;
  std::unordered_set<std::string> taken;
  for (VirtualHostDraft& draft : table->hosts)
    if (!draft.dropped && !taken.insert(host_and_port(lower(draft.host), draft.port)).second) draft.dropped = true;
}

}  // namespace

void settle_domains(const ServiceIndex& services, const ClientNamespace& client_namespace, TableDraft* table) {
  settle_names(services, client_namespace, table);
  settle_case(table);
  settle_addresses(table);
}

}  // namespace amime::translate
