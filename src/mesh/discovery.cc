#include "mesh/discovery.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace amime::mesh {
namespace {

// Kubernetes gives every namespace this label; files need not write it.
constexpr std::string_view kNamespaceName = "kubernetes.io/metadata.name";

bool always_takes_part(const ObjectKey& key) { return key.ns.empty() || key.kind == Kind::kMeshConfig; }

bool selected(const Settings& settings, std::string_view ns, const ObjectPtr& object) {
  if (settings.discovery_selectors.empty()) return true;
  Labels labels = object ? object->labels : Labels{};
  labels.emplace(kNamespaceName, ns);
  return std::any_of(settings.discovery_selectors.begin(), settings.discovery_selectors.end(),
                     [&](const LabelSelector& selector) { return selector.selects(labels); });
}

}  // namespace

void Discovery::move(std::string_view ns, bool in, const Objects& objects, std::vector<Change>* out) {
  for (const auto& object : (in ? aside_ : objects).list_in(ns)) {
    if (always_takes_part(object->key)) continue;
    if (in)
      aside_.erase(object->key);
    else
      aside_.set(object);
    out->push_back({object->key, in ? object : nullptr});
  }
}

std::vector<Change> Discovery::sort(const std::vector<Change>& changes, const Settings& before, const Settings& now,
                                    const Objects& objects) {
  std::map<std::string, ObjectPtr, std::less<>> written;  // Namespaces among the changes
  for (const auto& change : changes)
    if (change.key.kind == Kind::kNamespace) written[change.key.name] = change.object;
  const auto is_in = [&](std::string_view ns) {
    const auto found = written.find(ns);
    return selected(now, ns, found != written.end() ? found->second : objects.find(Kind::kNamespace, "", ns));
  };
  std::set<std::string, std::less<>> asked;
  for (const auto& [ns, object] : written) asked.insert(ns);
  if (before.discovery_selectors != now.discovery_selectors)
    for (const Objects* all : {&objects, static_cast<const Objects*>(&aside_)})
      for (const auto& ns : all->namespaces()) asked.insert(ns);

  std::vector<Change> out;
  for (const auto& ns : asked) {
    const bool was = selected(before, ns, objects.find(Kind::kNamespace, "", ns));
    if (const bool in = is_in(ns); in != was) move(ns, in, objects, &out);
  }
  for (const auto& change : changes) {
    if (always_takes_part(change.key) || is_in(change.key.ns)) {
      out.push_back(change);
      continue;
    }
    if (change.object)
      aside_.set(change.object);
    else
      aside_.erase(change.key);
    out.push_back({change.key, nullptr});
  }
  return out;
}

}  // namespace amime::mesh
