#include "mesh/objects.h"

namespace amime::mesh {

ObjectPtr Objects::find(Kind kind, std::string_view ns, std::string_view name) const {
  const ObjectPtr* found = kinds_[static_cast<std::size_t>(kind)].find(ns, name);
  return found ? *found : nullptr;
}

void Objects::set(const ObjectPtr& object) {
  const ObjectKey& key = object->key;
  if (!find(key)) ++size_;
  kinds_[static_cast<std::size_t>(key.kind)].set(key.ns, key.name, object);
}

void Objects::erase(const ObjectKey& key) {
  if (!find(key)) return;
  --size_;
  kinds_[static_cast<std::size_t>(key.kind)].erase(key.ns, key.name);
}

std::vector<ObjectPtr> Objects::list(Kind kind) const {
  std::vector<ObjectPtr> out;
  kinds_[static_cast<std::size_t>(kind)].for_each([&](const std::string&, const std::string&, const ObjectPtr& o) { out.push_back(o); });
  std::sort(out.begin(), out.end(), [](const ObjectPtr& a, const ObjectPtr& b) { return a->key < b->key; });
  return out;
}

std::vector<ObjectPtr> Objects::list_in(std::string_view ns) const {
  std::vector<ObjectPtr> out;
  for (const auto& kind : kinds_) kind.for_each_in(ns, [&](const std::string&, const ObjectPtr& object) { out.push_back(object); });
  return out;
}

std::vector<std::string> Objects::namespaces() const {
  std::vector<std::string> out;
  for (const auto& kind : kinds_)
    kind.for_each([&](const std::string& ns, const std::string&, const ObjectPtr&) {
      if (!ns.empty() && (out.empty() || out.back() != ns)) out.push_back(ns);
    });
  sort_unique(out);
  return out;
}

}  // namespace amime::mesh
