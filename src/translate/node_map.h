// NodeMap: the runs that a layer is made of, by key. A copy costs little and shares everything until one of the two is
// edited: layers of different namespaces differ in few nodes. Not thread-safe; the writer's.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>
#include <memory>

#include "translate/product_cache.h"

namespace amime::translate {

class NodeMap {
 public:
  struct Node {
    RunPtr run;
    std::uint32_t parents = 0;  // 0: no node
  };
  const Node* find(KeyId key) const {
    const auto at = pages_.find(key / kPage);
    if (at == pages_.end()) return nullptr;
    const Node& node = at->second->nodes[key % kPage];
    return node.parents > 0 ? &node : nullptr;
  }
  // The node to write to, new or not; valid until it is erased.
  Node& edit(KeyId key) { return own(key / kPage).nodes[key % kPage]; }
  // What edit() left with no parents is no node any more.
  void erase(KeyId key) {
    Page& page = own(key / kPage);
    page.nodes[key % kPage] = {};
    for (const Node& node : page.nodes)
      if (node.parents > 0) return;
    pages_.erase(key / kPage);
  }
  template <class F>
  void for_each(F&& f) const {
    for (const auto& [index, page] : pages_)
      for (std::size_t i = 0; i < kPage; ++i)
        if (page->nodes[i].parents > 0) f(static_cast<KeyId>(index * kPage + i), page->nodes[i]);
  }

 private:
  static constexpr std::size_t kPage = 16;
  struct Page {
    std::array<Node, kPage> nodes;
  };
  Page& own(KeyId index) {
    auto& page = pages_[index];
    if (!page) page = std::make_shared<Page>();
    if (page.use_count() > 1) page = std::make_shared<Page>(*page);
    return *page;
  }
  absl::flat_hash_map<KeyId, std::shared_ptr<Page>> pages_;
};

}  // namespace amime::translate
