// ListsByNamespace: objects of one kind, an ordered list a namespace. Copies share what is not written; see collections.h.
#pragma once

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "mesh/collections.h"
#include "mesh/object.h"

namespace amime::mesh {

class ListsByNamespace {
 public:
  using List = std::vector<ObjectPtr>;
  const List& of(std::string_view ns) const {
    static const List kNone;
    const auto* found = map_.find(ns);
    return found ? **found : kNone;
  }
  bool empty() const { return map_.empty(); }
  // `before` leaves, `after` comes; null: none. `less` is the order.
  template <class Less>
  void replace(const ObjectPtr& before, const ObjectPtr& after, Less less) {
    const auto& ns = (before ? before : after)->key.ns;
    auto next = std::make_shared<List>(of(ns));
    if (before) std::erase_if(*next, [&](const ObjectPtr& o) { return o->key == before->key; });
    if (after) next->insert(std::upper_bound(next->begin(), next->end(), after, less), after);
    if (next->empty()) {
      map_.erase(ns);
    } else {
      map_.set(ns, std::move(next));
    }
  }

 private:
  PersistentMap<std::shared_ptr<const List>> map_;
};

}  // namespace amime::mesh
