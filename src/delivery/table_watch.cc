#include "delivery/table_watch.h"

#include <algorithm>

namespace amime::delivery {
namespace {

std::vector<std::string> hosts_of(const translate::ResourceSet& hosts, const std::vector<std::string_view>& tables) {
  std::vector<std::string> names;
  hosts.for_each([&](const translate::ResourcePtr& host) {
    if (std::find(tables.begin(), tables.end(), table_of(host->name)) != tables.end()) names.push_back(host->name);
  });
  return names;
}

}  // namespace

void TableWatch::asked(const std::vector<std::string_view>& tables, Subscription& hosts, Selections& selections) {
  cold_.insert(tables.begin(), tables.end());
  if (hosts.sent->size() != 0) hosts.sent = selections.without(hosts.sent, hosts_of(*hosts.sent, tables));
}

void TableWatch::claimed(const std::vector<std::pair<std::string_view, std::string_view>>& tables) {
  for (const auto& [name, version] : tables) {
    trusted_.emplace(name);
    cold_.erase(std::string(name));
  }
}

void TableWatch::dropped(const std::vector<std::string_view>& tables, Subscription& hosts, Selections& selections) {
  for (const auto table : tables) cold_.erase(std::string(table));
  auto names = hosts_of(*hosts.sent, tables);
  hosts.sent = selections.without(hosts.sent, names);
  std::move(names.begin(), names.end(), std::back_inserter(hosts.gone));
}

void TableWatch::review(std::vector<std::pair<std::string, std::string>>& claims) {
  std::set<std::string_view> with_hosts;
  for (auto& [name, version] : claims) {
    const auto table = table_of(name);
    if (trusted_.contains(table))
      with_hosts.insert(table);
    else
      version.clear();
  }
  for (const auto& table : trusted_)
    if (!with_hosts.contains(table)) cold_.insert(table);
  trusted_.clear();
}

bool TableWatch::waiting(const translate::ResourceSet& tables) const {
  return std::any_of(cold_.begin(), cold_.end(), [&](const std::string& table) { return tables.find(table) != nullptr; });
}

std::vector<std::string> TableWatch::release(const translate::ResourceSet& tables, const translate::ResourceSetPtr& hosts,
                                             Selections& selections) {
  std::vector<std::string> removals;
  if (cold_.empty()) return removals;
  const auto with_hosts = selections.tables(hosts);
  std::erase_if(cold_, [&](const std::string& table) {
    if (!tables.find(table)) return false;
    if (!with_hosts->contains(table)) removals.push_back(table + "/-");  // a host that never was
    return true;
  });
  return removals;
}

}  // namespace amime::delivery
