#include "delivery/isolation.h"

#include <algorithm>
#include <set>
#include <string>

namespace amime::delivery {
namespace {

using translate::ResourcePtr;
using translate::SetDiff;
using translate::Type;

constexpr std::size_t kParts = 16;

std::string_view unit_of(Type type, std::string_view name) { return type == Type::kVirtualHost ? table_of(name) : name; }

std::set<std::string_view> units(Type type, const SetDiff& diff) {
  std::set<std::string_view> all;
  for (const auto& resource : diff.updated) all.insert(unit_of(type, resource->name));
  for (const auto& name : diff.removed) all.insert(unit_of(type, name));
  return all;
}

}  // namespace

bool refused_as_a_whole(Type type) { return !translate::is_wildcard_type(type); }

std::size_t units_of(Type type, const SetDiff& diff) { return units(type, diff).size(); }

std::size_t smaller_portion(std::size_t units) { return units <= 1 ? 0 : std::max<std::size_t>(1, units / kParts); }

translate::ResourceSetPtr taken_back(const translate::ResourceSetPtr& sent, const Step& refused, Selections& selections) {
  std::vector<ResourcePtr> back;
  std::vector<std::string> out;
  const auto restore = [&](const std::string& name) {
    if (const ResourcePtr* before = refused.from()->find(name))
      back.push_back(*before);
    else
      out.push_back(name);
  };
  for (const auto& resource : refused.difference().updated) restore(resource->name);
  for (const auto& name : refused.difference().removed) restore(name);
  return selections.edit(sent, back, out);
}

translate::ResourceSetPtr next_portion(Type type, const translate::ResourceSetPtr& sent, const translate::ResourceSetPtr& wanted,
                                       std::size_t count, Selections& selections) {
  const SetDiff diff = translate::diff(*sent, *wanted);
  const auto all = units(type, diff);
  if (all.size() <= count) return wanted;
  const std::set<std::string_view> first(all.begin(), std::next(all.begin(), static_cast<std::ptrdiff_t>(count)));
  std::vector<ResourcePtr> updated;
  std::vector<std::string> removed;
  for (const auto& resource : diff.updated)
    if (first.contains(unit_of(type, resource->name))) updated.push_back(resource);
  for (const auto& name : diff.removed)
    if (first.contains(unit_of(type, name))) removed.push_back(name);
  return selections.edit(sent, updated, removed);
}

}  // namespace amime::delivery
