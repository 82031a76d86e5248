#include "delivery/isolation.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace amime::delivery {
namespace {

using translate::ResourcePtr;
using translate::SetDiff;
using translate::Type;

constexpr std::size_t kParts = 16;

// What differs, as units; each a list of names.
std::vector<std::vector<std::string_view>> units(const translate::ResourceSet& from, const SetDiff& diff) {
  std::vector<std::vector<std::string_view>> all;
  std::map<std::uint64_t, std::size_t> by_claim;
  const auto place = [&](std::string_view name, const std::vector<const std::vector<std::uint64_t>*>& claims) {
    std::size_t unit = all.size();
    for (const auto* list : claims)
      for (const std::uint64_t claim : *list)
        if (const auto known = by_claim.find(claim); known != by_claim.end()) unit = std::min(unit, known->second);
    if (unit == all.size()) all.emplace_back();
    all[unit].push_back(name);
    for (const auto* list : claims)
      for (const std::uint64_t claim : *list) {
        const auto [at, fresh] = by_claim.try_emplace(claim, unit);
        if (fresh || at->second == unit) continue;
        // It joins two: what the other had comes along.
        const std::size_t other = at->second;
        all[unit].insert(all[unit].end(), all[other].begin(), all[other].end());
        all[other].clear();
        for (auto& [known, its_unit] : by_claim)
          if (its_unit == other) its_unit = unit;
      }
  };
  for (const auto& resource : diff.updated) {
    std::vector<const std::vector<std::uint64_t>*> claims = {&resource->claims};
    if (const ResourcePtr* before = from.find(resource->name)) claims.push_back(&(*before)->claims);
    place(resource->name, claims);
  }
  for (const auto& name : diff.removed) {
    const ResourcePtr* before = from.find(name);
    place(name,
          before ? std::vector<const std::vector<std::uint64_t>*>{&(*before)->claims} : std::vector<const std::vector<std::uint64_t>*>{});
  }
  std::erase_if(all, [](const auto& unit) { return unit.empty(); });
  return all;
}

}  // namespace

bool refused_as_a_whole(Type type) { return !translate::is_wildcard_type(type); }

std::size_t units_of(const Step& step) { return units(*step.from(), step.difference()).size(); }

std::size_t smaller_portion(std::size_t units) { return units <= 1 ? 0 : std::max<std::size_t>(1, units / kParts); }

translate::ResourceSetPtr taken_back(const translate::ResourceSetPtr& sent, const Step& refused, const NamesSince& since,
                                     Selections& selections) {
  std::vector<ResourcePtr> back;
  std::vector<std::string> out;
  const auto restore = [&](const std::string& name) {
    if (since.contains(name)) return;
    if (const ResourcePtr* before = refused.from()->find(name))
      back.push_back(*before);
    else
      out.push_back(name);
  };
  for (const auto& resource : refused.difference().updated) restore(resource->name);
  for (const auto& name : refused.difference().removed) restore(name);
  return selections.edit(sent, back, out);
}

translate::ResourceSetPtr removals_taken_back(const translate::ResourceSetPtr& sent, const Step& refused, const NamesSince& since,
                                              Selections& selections) {
  const auto& diff = refused.difference();
  if (diff.updated.empty()) return sent;  // refused on their own: not again
  std::set<std::uint64_t> taken_over;
  for (const auto& resource : diff.updated) taken_over.insert(resource->claims.begin(), resource->claims.end());
  std::vector<ResourcePtr> back;
  for (const auto& name : diff.removed) {
    const ResourcePtr* had = refused.from()->find(name);
    if (!had || sent->find(name) || since.contains(name)) continue;
    const auto& claims = (*had)->claims;
    if (std::none_of(claims.begin(), claims.end(), [&](std::uint64_t claim) { return taken_over.contains(claim); })) back.push_back(*had);
  }
  return back.empty() ? sent : selections.edit(sent, back, {});
}

translate::ResourceSetPtr next_portion(const translate::ResourceSetPtr& sent, const translate::ResourceSetPtr& wanted, std::size_t count,
                                       Selections& selections) {
  const SetDiff diff = translate::diff(*sent, *wanted);
  const auto all = units(*sent, diff);
  if (all.size() <= count) return wanted;
  std::set<std::string_view> first;
  for (std::size_t i = 0; i < count; ++i) first.insert(all[i].begin(), all[i].end());
  std::vector<ResourcePtr> updated;
  std::vector<std::string> removed;
  for (const auto& resource : diff.updated)
    if (first.contains(resource->name)) updated.push_back(resource);
  for (const auto& name : diff.removed)
    if (first.contains(name)) removed.push_back(name);
  return selections.edit(sent, updated, removed);
}

}  // namespace amime::delivery
