#include "translate/table_plan.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "translate/domains.h"
#include "translate/hosts.h"
#include "translate/table_draft.h"
#include "translate/table_index.h"

namespace amime::translate {
namespace {

using Kind = VirtualHostPlan::Kind;

// What a table's name says of it.
struct TableName {
  std::string_view host;   // sniffed: the one service it serves
  std::uint32_t port = 0;  // 0: all
};

TableName parse_table_name(std::string_view table) {
  TableName name;
  if (table.starts_with("unix:")) return name;
  if (const auto colon = table.rfind(':'); colon != std::string_view::npos) {
    name.host = table.substr(0, colon);
    table.remove_prefix(colon + 1);
  }
  std::from_chars(table.data(), table.data() + table.size(), name.port);
  return name;
}

class TablePlanner {
 public:
  TablePlanner(const mesh::EgressListener& egress, const TablePlanRequest& request, std::uint32_t port)
      : egress_(egress), request_(request), port_(port), services_(egress, port), virtual_services_(egress) {
    draft_.hosts.reserve(services_.all().size());
    draft_.by_host.reserve(services_.all().size());
  }

  std::vector<VirtualHostPlan> plan() {
    for (std::uint32_t i = 0; i < egress_.virtual_services.size(); ++i) add_virtual_service(i);
    for (const mesh::Service* service : services_.all()) add_default(*service);
    settle_domains(services_, request_.client_namespace, &draft_);
    find_aliases();
    std::vector<VirtualHostPlan> out;
    out.reserve(draft_.hosts.size() + 1);
    for (const VirtualHostDraft* draft : by_name()) out.push_back(finish(*draft));
    return out;
  }

 private:
  bool serves(const mesh::ServicePort& port) const { return (port_ == 0 || port.port == port_) && may_speak_http(port); }

  // Services that VirtualService `index` routes, and those of its hosts that are no service's.
  void match_hosts(std::uint32_t index, std::vector<const mesh::Service*>* services, std::vector<std::string_view>* others) const {
    const auto& hosts = egress_.virtual_services[index].hosts;
    for (const std::string& host : hosts) {
      if (is_wildcard(host)) continue;
      if (const mesh::Service* service = services_.find(host)) {
        services->push_back(service);
      } else {
        others->push_back(host);
      }
    }
    for (const std::string& host : hosts) {
      if (!is_wildcard(host)) continue;
      bool any = false;
      for (const mesh::Service* service : services_.all()) {
        if (!overlaps(host, service->host)) continue;
        any = true;
        if (virtual_services_.closest(service->host) == index) services->push_back(service);
      }
      if (!any && host != "*") others->push_back(host);  // "*" is the catch-all's
    }
  }

  std::vector<std::uint32_t> ports_of(const std::vector<const mesh::Service*>& services) const {
    std::vector<std::uint32_t> ports;
    for (const mesh::Service* service : services) {
      for (const mesh::ServicePort& port : service->ports) {
        if (serves(port) && std::find(ports.begin(), ports.end(), port.port) == ports.end()) ports.push_back(port.port);
      }
    }
    // Hosts that no service has are routed on port 80, or where a service of the same VirtualService is.
    if (ports.empty() && port_ == 80) ports.push_back(80);
    return ports;
  }

  void add_virtual_service(std::uint32_t index) {
    std::vector<const mesh::Service*> services;
    std::vector<std::string_view> others;
    match_hosts(index, &services, &others);
    for (const std::uint32_t port : ports_of(services)) {
      for (const std::string_view host : others) add_candidate(draft_.claim(Kind::kHost, host, port, nullptr), index);
      for (const mesh::Service* service : services) {
        const mesh::ServicePort* own = service->port(port);
        if (own != nullptr && serves(*own)) add_candidate(draft_.claim(Kind::kService, service->host, port, service), index);
      }
    }
  }

  static void add_candidate(VirtualHostDraft& draft, std::uint32_t index) {
    auto& list = draft.virtual_services;
    if (list.empty() || list.back() != index) list.push_back(index);
  }

  void add_default(const mesh::Service& service) {
    // An ExternalName has no virtual host of its own unless a VirtualService names it: its target answers to its name.
    if (service.resolution == mesh::Resolution::kAlias) return;
    for (const mesh::ServicePort& port : service.ports) {
      if (serves(port)) draft_.claim(Kind::kService, service.host, port.port, &service);
    }
  }

  std::vector<const VirtualHostDraft*> by_name() const {
    std::vector<const VirtualHostDraft*> out;
    for (const VirtualHostDraft& draft : draft_.hosts) {
      if (!draft.dropped) out.push_back(&draft);
    }
    std::sort(out.begin(), out.end(),
              [](const auto* a, const auto* b) { return a->host != b->host ? a->host < b->host : a->port < b->port; });
    return out;
  }

  void find_aliases() {
    for (const mesh::Service* alias : services_.aliases()) {
      if (!draft_.by_host.contains(alias->host)) aliases_[services_.target_of(alias->host)].push_back(alias->host);
    }
    for (auto& [target, aliases] : aliases_) std::sort(aliases.begin(), aliases.end());
  }

  VirtualHostPlan finish(const VirtualHostDraft& draft) const {
    VirtualHostPlan plan;
    plan.egress = request_.egress;
    plan.table = request_.table;
    plan.kind = draft.kind;
    plan.host = draft.host;
    plan.port = draft.port;
    plan.all_ports = port_ == 0;
    for (const std::uint32_t i : draft.virtual_services) {
      const mesh::ObjectKey& key = egress_.virtual_services[i].object->key;
      plan.virtual_services.push_back(key.ns + "/" + key.name);
    }
    if (const auto it = aliases_.find(draft.host); it != aliases_.end() && draft.service != nullptr) plan.aliases = it->second;
    plan.excluded = draft.excluded;
    std::sort(plan.excluded.begin(), plan.excluded.end());
    return plan;
  }

  const mesh::EgressListener& egress_;
  const TablePlanRequest& request_;
  const std::uint32_t port_;  // 0: all
  const ServiceIndex services_;
  const VirtualServiceIndex virtual_services_;
  TableDraft draft_;
  std::unordered_map<std::string_view, std::vector<std::string>> aliases_;  // by the host that they stand for
};

// A table that serves one service's address: no other domain can meet its own. Thousands of these exist where ports have
// no declared protocol, so it does without the indexes of the whole table.
std::vector<VirtualHostPlan> plan_sniffed(const mesh::EgressListener& egress, const TablePlanRequest& request, const TableName& name) {
  const mesh::Service* found = nullptr;
  for (const mesh::ServicePtr& service : egress.services) {
    if (service->host == name.host && service->port(name.port) != nullptr) found = service.get();
  }
  if (found == nullptr || !may_speak_http(*found->port(name.port))) return {};
  VirtualHostPlan plan{.egress = request.egress, .table = request.table, .host = found->host, .port = name.port, .any_domain = true};
  std::vector<std::uint32_t> candidates;
  std::uint32_t wildcard = VirtualServiceIndex::kNone;
  std::string_view wildcard_host;
  for (std::uint32_t i = 0; i < egress.virtual_services.size(); ++i) {
    for (const std::string& host : egress.virtual_services[i].hosts) {
      if (host == name.host) {
        if (candidates.empty() || candidates.back() != i) candidates.push_back(i);
      } else if (is_wildcard(host) && covers(host, name.host) && (wildcard_host.empty() || more_specific(host, wildcard_host))) {
        wildcard = i;
        wildcard_host = host;
      }
    }
  }
  if (candidates.empty() && wildcard != VirtualServiceIndex::kNone) candidates.push_back(wildcard);
  for (const std::uint32_t i : candidates) {
    const mesh::ObjectKey& key = egress.virtual_services[i].object->key;
    plan.virtual_services.push_back(key.ns + "/" + key.name);
  }
  if (candidates.empty() && found->resolution == mesh::Resolution::kAlias) return {};
  return {plan};
}

}  // namespace

VirtualHostDraft& TableDraft::claim(Kind kind, std::string_view host, std::uint32_t port, const mesh::Service* service) {
  auto& indexes = by_host[host];
  for (const std::size_t i : indexes) {
    if (hosts[i].port == port) return hosts[i];
  }
  indexes.push_back(hosts.size());
  hosts.push_back(VirtualHostDraft{.kind = kind, .host = host, .port = port, .service = service});
  return hosts.back();
}

std::vector<VirtualHostPlan> plan_table(const mesh::EgressListener& egress, const TablePlanRequest& request) {
  const TableName name = parse_table_name(request.table);
  if (!name.host.empty()) return plan_sniffed(egress, request, name);
  auto out = TablePlanner(egress, request, request.http_proxy ? 0 : name.port).plan();
  out.push_back(VirtualHostPlan{.egress = request.egress, .table = request.table, .kind = Kind::kCatchAll});
  return out;
}

}  // namespace amime::translate
