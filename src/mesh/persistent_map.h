// PersistentMap: a map from strings whose copies cost nothing and share whatever is not written afterwards.
//
// A hash trie of 32-way nodes: a write copies the few nodes on its path, and not even those while no other copy can see
// them. (A table of 256 copy-on-write buckets was tried: its copies cost 256 pointers, and it is too slow for tens of
// thousands of pods.) One thread writes; a copy that is no longer written may be read by any number of threads.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/string_hash.h"

namespace amime::mesh {

template <class Value>
class PersistentMap {
 public:
  const Value* find(std::string_view key) const {
    const std::uint64_t hash = hash_of(key);
    const Node* node = root_.get();
    for (unsigned shift = 0; node; shift += kBits) {
      if (shift >= kDepth * kBits) return find_linear(*node, key);
      const std::uint32_t bit = bit_of(hash, shift);
      if (node->leaf_map & bit) {
        const Leaf& leaf = *node->leaves[position(node->leaf_map, bit)];
        return leaf.hash == hash && leaf.key == key ? &leaf.value : nullptr;
      }
      node = node->node_map & bit ? node->nodes[position(node->node_map, bit)].get() : nullptr;
    }
    return nullptr;
  }

  void set(std::string_view key, Value value) { writable(key) = std::move(value); }

  // The value of `key`, made if it is not there, for writing until the next call of a member.
  Value& writable(std::string_view key) {
    if (!root_) root_ = std::make_shared<Node>();
    return writable(root_, hash_of(key), key, 0);
  }

  bool erase(std::string_view key) {
    if (!find(key)) return false;
    erase(root_, hash_of(key), key, 0);
    if (--size_ == 0) root_.reset();
    return true;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // f(const std::string& key, const Value&) for each entry, in no particular order.
  template <class F>
  void for_each(F&& f) const {
    if (root_) for_each(*root_, f);
  }

 private:
  static constexpr unsigned kBits = 5;
  static constexpr unsigned kDepth = 12;  // below that equal hashes are kept in one list

  struct Leaf {
    std::uint64_t hash = 0;
    std::string key;
    Value value{};
  };
  using LeafPtr = std::shared_ptr<Leaf>;
  struct Node {
    std::uint32_t leaf_map = 0, node_map = 0;
    std::vector<LeafPtr> leaves;
    std::vector<std::shared_ptr<Node>> nodes;
  };
  using NodePtr = std::shared_ptr<Node>;

  static std::uint64_t hash_of(std::string_view key) { return base::StringHash{}(key); }
  static std::uint32_t bit_of(std::uint64_t hash, unsigned shift) { return 1u << ((hash >> shift) & 31u); }
  static std::size_t position(std::uint32_t map, std::uint32_t bit) { return static_cast<std::size_t>(std::popcount(map & (bit - 1))); }

  static const Value* find_linear(const Node& node, std::string_view key) {
    for (const auto& leaf : node.leaves)
      if (leaf->key == key) return &leaf->value;
    return nullptr;
  }

  // A node or leaf that is reachable from one place only, which is ours alone, is ours to write.
  template <class T>
  static T& own(std::shared_ptr<T>& pointer) {
    if (pointer.use_count() > 1) pointer = std::make_shared<T>(*pointer);
    return *pointer;
  }

  LeafPtr new_leaf(std::uint64_t hash, std::string_view key) {
    ++size_;
    auto leaf = std::make_shared<Leaf>();
    leaf->hash = hash;
    leaf->key = key;
    return leaf;
  }

  static Value& insert_leaf(Node& node, std::uint32_t bit, LeafPtr leaf) {
    auto at = node.leaves.begin() + static_cast<std::ptrdiff_t>(position(node.leaf_map, bit));
    node.leaf_map |= bit;
    return (*node.leaves.insert(at, std::move(leaf)))->value;
  }

  Value& writable(NodePtr& slot, std::uint64_t hash, std::string_view key, unsigned shift) {
    Node& node = own(slot);
    if (shift >= kDepth * kBits) return writable_linear(node, hash, key);
    const std::uint32_t bit = bit_of(hash, shift);
    if (node.leaf_map & bit) {
      const std::size_t at = position(node.leaf_map, bit);
      LeafPtr& leaf = node.leaves[at];
      if (leaf->hash == hash && leaf->key == key) return own(leaf).value;
      push_down(node, bit, at, shift);
    }
    if (node.node_map & bit) return writable(node.nodes[position(node.node_map, bit)], hash, key, shift + kBits);
    return insert_leaf(node, bit, new_leaf(hash, key));
  }

  Value& writable_linear(Node& node, std::uint64_t hash, std::string_view key) {
    for (auto& leaf : node.leaves)
      if (leaf->key == key) return own(leaf).value;
    return node.leaves.emplace_back(new_leaf(hash, key))->value;
  }

  // The leaf becomes the first of a node of its own.
  static void push_down(Node& node, std::uint32_t bit, std::size_t at, unsigned shift) {
    auto child = std::make_shared<Node>();
    LeafPtr leaf = std::move(node.leaves[at]);
    node.leaves.erase(node.leaves.begin() + static_cast<std::ptrdiff_t>(at));
    node.leaf_map &= ~bit;
    if (shift + kBits >= kDepth * kBits) {
      child->leaves.push_back(std::move(leaf));
    } else {
      const std::uint32_t child_bit = bit_of(leaf->hash, shift + kBits);
      insert_leaf(*child, child_bit, std::move(leaf));
    }
    auto slot = node.nodes.begin() + static_cast<std::ptrdiff_t>(position(node.node_map, bit));
    node.node_map |= bit;
    node.nodes.insert(slot, std::move(child));
  }

  static void erase(NodePtr& slot, std::uint64_t hash, std::string_view key, unsigned shift) {
    Node& node = own(slot);
    if (shift >= kDepth * kBits) {
      std::erase_if(node.leaves, [&](const LeafPtr& leaf) { return leaf->key == key; });
      return;
    }
    const std::uint32_t bit = bit_of(hash, shift);
    if (node.leaf_map & bit) {
      node.leaves.erase(node.leaves.begin() + static_cast<std::ptrdiff_t>(position(node.leaf_map, bit)));
      node.leaf_map &= ~bit;
      return;
    }
    const std::size_t at = position(node.node_map, bit);
    erase(node.nodes[at], hash, key, shift + kBits);
    const Node& child = *node.nodes[at];
    if (!child.nodes.empty() || child.leaves.size() > 1) return;
    LeafPtr last = child.leaves.front();  // a node never holds a single leaf below the root
    node.nodes.erase(node.nodes.begin() + static_cast<std::ptrdiff_t>(at));
    node.node_map &= ~bit;
    insert_leaf(node, bit, std::move(last));
  }

  template <class F>
  static void for_each(const Node& node, F& f) {
    for (const auto& leaf : node.leaves) f(leaf->key, leaf->value);
    for (const auto& child : node.nodes) for_each(*child, f);
  }

  NodePtr root_;
  std::size_t size_ = 0;
};

}  // namespace amime::mesh
