// ListsByNamespace: objects of one kind, or what is known of each, an ordered list a namespace. Copies share what is not written;
// see collections.h.
#pragma once

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "mesh/collections.h"
#include "mesh/object.h"

namespace amime::mesh {

// The object that an item is about; other items than objects have an overload of their own.
inline const ObjectPtr& object_of(const ObjectPtr& object) { return object; }

template <class Item = ObjectPtr>
class ListsByNamespace {
 public:
  using List = std::vector<Item>;
  const List& of(std::string_view ns) const {
    static const List kNone;
    const auto* found = map_.find(ns);
    return found ? **found : kNone;
  }
  bool empty() const { return map_.empty(); }
  // `before` leaves, `after` comes; without an object: none. `less` is the order.
  template <class Less>
  void replace(const Item& before, const Item& after, Less less) {
    const ObjectPtr &left = object_of(before), &come = object_of(after);
    const auto& ns = (left ? left : come)->key.ns;
    auto next = std::make_shared<List>(of(ns));
    if (left) std::erase_if(*next, [&](const Item& item) { return object_of(item)->key == left->key; });
    if (come) next->insert(std::upper_bound(next->begin(), next->end(), after, less), after);
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
