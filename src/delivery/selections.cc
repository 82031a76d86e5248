#include "delivery/selections.h"

#include <algorithm>

#include "base/hash.h"

namespace amime::delivery {

Selections::Selections() : seed_(random_seed()), empty_(interner_.empty()) {}

using translate::ResourcePtr;
using translate::ResourceSetPtr;

std::string_view table_of(std::string_view virtual_host) {
  const auto slash = virtual_host.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : virtual_host.substr(0, slash);
}

bool Filter::matches(std::string_view name) const {
  if (all || names->contains(name)) return true;
  return tables && tables->contains(table_of(name));
}

std::uint64_t Filter::digest() const { return base::combine(base::combine(all, names->digest()), tables ? tables->digest() + 1 : 0); }

ResourceSetPtr Selections::select(const ResourceSetPtr& set, const Filter& filter, const ResourceSetPtr& before,
                                  const ResourceSetPtr& selected) {
  if (filter.all || set->size() == 0) return set;
  return selections_.get({set->digest(), filter.digest(), 0}, [&] {
    auto made = do_select(set, filter, before, selected);
    return made->digest() == set->digest() ? set : made;
  });
}

ResourceSetPtr Selections::do_select(const ResourceSetPtr& set, const Filter& filter, const ResourceSetPtr& before,
                                     const ResourceSetPtr& selected) {
  if (before && selected) {
    translate::SetDiff diff = translate::diff(*before, *set);
    std::erase_if(diff.updated, [&](const ResourcePtr& r) { return !filter.matches(r->name); });
    std::erase_if(diff.removed, [&](const std::string& name) { return !filter.matches(name); });
    if (diff.updated.empty() && diff.removed.empty()) return selected;
    return interner_.edit(*selected, diff.updated, diff.removed);
  }
  std::vector<ResourcePtr> taken;
  set->for_each([&](const ResourcePtr& resource) {
    if (filter.matches(resource->name)) taken.push_back(resource);
  });
  return interner_.make(taken);
}

ResourceSetPtr Selections::extend(const ResourceSetPtr& selected, const ResourceSetPtr& set, const Filter& filter,
                                  std::span<const std::string_view> added) {
  if (filter.all || set->size() == 0) return set;
  return selections_.get({set->digest(), filter.digest(), 0}, [&] {
    std::vector<ResourcePtr> found;
    for (const auto name : added)
      if (const ResourcePtr* resource = set->find(name)) found.push_back(*resource);
    auto made = interner_.edit(*selected, found, {});
    return made->digest() == set->digest() ? set : made;
  });
}

StepPtr Selections::step(const ResourceSetPtr& from, const ResourceSetPtr& to) {
  return steps_.get({from->digest(), to->digest(), 0}, [&] { return std::make_shared<const Step>(from, to, &chunks_, &bodies_); });
}

std::shared_ptr<const std::vector<std::string>> Selections::missing(const ResourceSetPtr& selected, const Filter& filter) {
  return missing_.get({selected->digest(), filter.digest(), 0}, [&] {
    auto names = std::make_shared<std::vector<std::string>>();
    filter.names->for_each([&](const std::string& name) {
      if (!selected->find(name)) names->push_back(name);
    });
    std::sort(names->begin(), names->end());
    return names;
  });
}

std::shared_ptr<const TableNames> Selections::tables(const ResourceSetPtr& hosts) {
  return tables_.get({hosts->digest(), 0, 0}, [&] {
    auto names = std::make_shared<TableNames>();
    hosts->for_each([&](const ResourcePtr& host) { names->emplace(table_of(host->name)); });
    return names;
  });
}

ResourceSetPtr Selections::without(const ResourceSetPtr& set, const std::vector<std::string>& names) {
  std::vector<std::string> present;
  for (const auto& name : names)
    if (set->find(name)) present.push_back(name);
  return present.empty() ? set : interner_.edit(*set, {}, present);
}

ResourceSetPtr Selections::without_endpoints(const ResourceSetPtr& endpoints, const StepPtr& clusters) {
  if (endpoints->size() == 0) return endpoints;
  return reductions_.get({endpoints->digest(), clusters->eds_digest(), clusters->eds_names().size()},
                         [&] { return without(endpoints, clusters->eds_names()); });
}

ResourceSetPtr Selections::possession(translate::Type type, const ResourceSetPtr& selected,
                                      std::span<const std::pair<std::string, std::string>> versions) {
  std::uint64_t digest = static_cast<std::uint64_t>(type);  // seeded: what one client claims must not be taken for another's claim
  for (const auto& [name, version] : versions) digest += base::hash64(name, base::hash64(version, seed_));
  return possessions_.get({selected->digest(), digest, versions.size()}, [&] {
    std::vector<ResourcePtr> have;
    for (const auto& [name, version] : versions) {
      const ResourcePtr* resource = selected->find(name);
      const bool known = resource && base::hex64((*resource)->version) == version;
      have.push_back(known ? *resource : translate::make_unknown_resource(type, name, version));
    }
    const auto made = interner_.make(have);
    return made->digest() == selected->digest() ? selected : made;
  });
}

void Selections::trim() {
  selections_.clear();
  reductions_.clear();
  steps_.clear();
  bodies_.clear();
  missing_.clear();
  tables_.clear();
  possessions_.clear();
}

}  // namespace amime::delivery
