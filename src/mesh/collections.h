// Building blocks of the mesh's indexes, on top of PersistentMap: copies share what is not written. Written by one thread
// while the next snapshot is built, read by any number afterwards.
#pragma once

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mesh/persistent_map.h"

namespace amime::mesh {

using Names = std::vector<std::string>;  // sorted, each once

// Keys with sets of names; no empty sets.
class MultiMap {
 public:
  const Names& find(std::string_view key) const {
    static const Names kNone;
    const auto* found = map_.find(key);
    return found ? **found : kNone;
  }
  void add(std::string_view key, std::string_view name) {
    const Names& old = find(key);
    auto at = std::lower_bound(old.begin(), old.end(), name);
    if (at != old.end() && *at == name) return;
    auto next = std::make_shared<Names>();
    next->reserve(old.size() + 1);
    next->insert(next->end(), old.begin(), at);
    next->emplace_back(name);
    next->insert(next->end(), at, old.end());
    map_.set(key, std::move(next));
  }
  void remove(std::string_view key, std::string_view name) {
    const Names& old = find(key);
    auto at = std::lower_bound(old.begin(), old.end(), name);
    if (at == old.end() || *at != name) return;
    if (old.size() == 1) {
      map_.erase(key);
      return;
    }
    auto next = std::make_shared<Names>(old);
    next->erase(next->begin() + (at - old.begin()));
    map_.set(key, std::move(next));
  }
  // Makes `name` stand under exactly `after` where it stood under `before`; both sorted.
  void move(const Names& before, const Names& after, std::string_view name) {
    for (const auto& key : before)
      if (!std::binary_search(after.begin(), after.end(), key)) remove(key, name);
    for (const auto& key : after)
      if (!std::binary_search(before.begin(), before.end(), key)) add(key, name);
  }
  bool empty() const { return map_.empty(); }

 private:
  PersistentMap<std::shared_ptr<const Names>> map_;
};

inline void sort_unique(Names& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

// A sorted list of shared objects, rebuilt once for any number of changes.
template <class Ptr>
class SortedList {
  using List = std::vector<Ptr>;

 public:
  const List& operator*() const { return *list_; }
  // `before` leaves, `after` comes; null: none.
  void replace(const Ptr& before, const Ptr& after) {
    if (before) gone_.push_back(before);
    if (after) come_.push_back(after);
  }
  // Takes the replacements into the list. `less` is the order.
  template <class Less>
  void settle(Less less) {
    if (gone_.empty() && come_.empty()) return;
    std::sort(gone_.begin(), gone_.end());
    std::sort(come_.begin(), come_.end());
    List come, gone, kept;  // what came and went within one change cancels out
    std::set_difference(come_.begin(), come_.end(), gone_.begin(), gone_.end(), std::back_inserter(come));
    std::set_difference(gone_.begin(), gone_.end(), come_.begin(), come_.end(), std::back_inserter(gone));
    std::sort(come.begin(), come.end(), less);
    kept.reserve(list_->size());
    std::copy_if(list_->begin(), list_->end(), std::back_inserter(kept),
                 [&](const Ptr& p) { return !std::binary_search(gone.begin(), gone.end(), p); });
    auto next = std::make_shared<List>();
    next->reserve(kept.size() + come.size());
    std::merge(std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()), come.begin(), come.end(),
               std::back_inserter(*next), less);
    list_ = std::move(next);
    gone_.clear();
    come_.clear();
  }

 private:
  std::shared_ptr<const List> list_ = std::make_shared<List>();
  List gone_, come_;
};

// Values by namespace and name, so that a namespace can be walked without the others.
template <class Value>
class ByNamespace {
 public:
  const Value* find(std::string_view ns, std::string_view name) const {
    const auto* inner = map_.find(ns);
    return inner ? inner->find(name) : nullptr;
  }
  void set(std::string_view ns, std::string_view name, Value value) { map_.writable(ns).set(name, std::move(value)); }
  void erase(std::string_view ns, std::string_view name) {
    if (!find(ns, name)) return;
    auto& inner = map_.writable(ns);
    inner.erase(name);
    if (inner.empty()) map_.erase(ns);
  }
  // f(const std::string& name, const Value&), in no particular order.
  template <class F>
  void for_each_in(std::string_view ns, F&& f) const {
    if (const auto* inner = map_.find(ns)) inner->for_each(f);
  }
  // f(const std::string& ns, const std::string& name, const Value&), in no particular order.
  template <class F>
  void for_each(F&& f) const {
    map_.for_each([&](const std::string& ns, const auto& inner) {
      inner.for_each([&](const std::string& name, const Value& value) { f(ns, name, value); });
    });
  }

 private:
  PersistentMap<PersistentMap<Value>> map_;
};

// As MultiMap, for sets of thousands.
class SetMap {
 public:
  Names find(std::string_view key) const {
    Names out;
    map_.for_each_in(key, [&](const std::string& name, std::monostate) { out.push_back(name); });
    std::sort(out.begin(), out.end());
    return out;
  }
  // Makes `name` stand under exactly `after` where it stood under `before`; both sorted.
  void move(const Names& before, const Names& after, std::string_view name) {
    for (const auto& key : before)
      if (!std::binary_search(after.begin(), after.end(), key)) map_.erase(key, name);
    for (const auto& key : after)
      if (!std::binary_search(before.begin(), before.end(), key)) map_.set(key, name, {});
  }

 private:
  ByNamespace<std::monostate> map_;
};

}  // namespace amime::mesh
