// Objects: all valid objects of a snapshot, by kind, namespace and name.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/collections.h"
#include "mesh/object.h"

namespace amime::mesh {

inline constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::kMeshConfig) + 1;

// Istio's order of objects of one kind: oldest first, then name, then namespace.
inline bool older(const Object& a, const Object& b) {
  if (a.created != b.created) return a.created < b.created;
  if (int order = a.key.name.compare(b.key.name)) return order < 0;
  return a.key.ns < b.key.ns;
}

class Objects {
 public:
  ObjectPtr find(Kind kind, std::string_view ns, std::string_view name) const;
  ObjectPtr find(const ObjectKey& key) const { return find(key.kind, key.ns, key.name); }
  void set(const ObjectPtr& object);
  void erase(const ObjectKey& key);
  std::vector<ObjectPtr> list(Kind kind) const;  // by namespace and name
  std::vector<ObjectPtr> list_in(std::string_view ns) const;
  std::vector<std::string> namespaces() const;  // that have objects, sorted; not that of objects without
  std::size_t size() const { return size_; }

 private:
  std::array<ByNamespace<ObjectPtr>, kKinds> kinds_;
  std::size_t size_ = 0;
};

}  // namespace amime::mesh
