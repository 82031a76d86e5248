#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/tree_node.h"

namespace amime::base {
namespace {

constexpr std::size_t kFewKeys = 16;  // below this a map's keys are compared one by one

void adopt(Tree::Node& parent, const Tree::Node& child) {
  parent.count += child.count;
  parent.depth = std::max(parent.depth, child.depth + 1);
}

}  // namespace

TreeBuilder::NodePtr TreeBuilder::make(Tree::Type type, int line, int column) {
  auto node = std::make_shared<Tree::Node>();
  node->type = type;
  node->line = line;
  node->column = column;
  return node;
}

bool TreeBuilder::wants_key() const { return !stack_.empty() && stack_.back().node->type == Tree::Type::kMap && !stack_.back().has_key; }

void TreeBuilder::check(const Tree::Node& node) const {
  if (node.count > limits_.nodes)
    throw TreeFailure(node.line, node.column, fmt::format("more than {} nodes, aliases included", limits_.nodes));
  if (node.depth > limits_.depth) throw TreeFailure(node.line, node.column, fmt::format("nested deeper than {} levels", limits_.depth));
}

void TreeBuilder::open(NodePtr collection) {
  if (static_cast<int>(stack_.size()) >= limits_.depth)
    throw TreeFailure(collection->line, collection->column, fmt::format("nested deeper than {} levels", limits_.depth));
  Open open;
  open.node = std::move(collection);
  stack_.push_back(std::move(open));
}

void TreeBuilder::key(std::string text, int line, int column) {
  Open& top = stack_.back();
  top.key = std::move(text);
  top.key_line = line;
  top.key_column = column;
  top.has_key = true;
}

void TreeBuilder::add(std::shared_ptr<const Tree::Node> node) { place(std::move(node)); }

void TreeBuilder::place(std::shared_ptr<const Tree::Node> node) {
  if (stack_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& top = stack_.back();
  adopt(*top.node, *node);
  check(*top.node);
  if (top.node->type == Tree::Type::kSequence) {
    top.node->items.emplace_back(std::move(node));
    return;
  }
  if (top.key == "<<") ++top.merges;
  top.node->entries.push_back({std::move(top.key), top.key_line, top.key_column, Tree(std::move(node))});
  top.key.clear();
  top.has_key = false;
}

TreeBuilder::NodePtr TreeBuilder::close() {
  Open top = std::move(stack_.back());
  stack_.pop_back();
  if (top.node->type == Tree::Type::kMap) {
    if (top.merges) merge(top);
    find_twice(*top.node);
  }
  NodePtr node = top.node;
  place(node);
  return node;
}

// YAML's merge key: what the named maps hold and this one does not. Earlier maps of a list win.
void TreeBuilder::merge(Open& map) {
  std::vector<Tree::Entry> own, added;
  for (auto& entry : map.node->entries) {
    if (entry.key != "<<") {
      own.push_back(std::move(entry));
      continue;
    }
    auto take = [&](const Tree& from) {
      if (!from.is_map()) throw TreeFailure(entry.line, entry.column, "a merge key (<<) needs a mapping or a list of mappings");
      for (const auto& e : from.entries()) added.push_back(e);
    };
    if (entry.value.is_sequence()) {
      for (const Tree& item : entry.value.items()) take(item);
    } else {
      take(entry.value);
    }
  }
  const std::size_t written = own.size();
  for (auto& entry : added) {
    auto same = [&](const Tree::Entry& e) { return e.key == entry.key; };
    if (std::none_of(own.begin(), own.end(), same)) own.push_back(std::move(entry));
    if (own.size() - written > limits_.nodes / 64) throw TreeFailure(map.node->line, map.node->column, "merge keys bring too many entries");
  }
  map.node->entries = std::move(own);
}

void TreeBuilder::find_twice(const Tree::Node& map) {
  auto report = [&](const Tree::Entry& first, const Tree::Entry& again) {
    errors_.push_back(
        {again.line, again.column, fmt::format("key \"{}\" stands twice in one mapping, first in line {}", again.key, first.line)});
  };
  const auto& entries = map.entries;
  if (entries.size() <= kFewKeys) {
    for (std::size_t i = 1; i < entries.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (entries[i].key == entries[j].key) {
          report(entries[j], entries[i]);
          break;
        }
    return;
  }
  std::unordered_map<std::string_view, const Tree::Entry*> seen;
  for (const auto& entry : entries) {
    auto [at, fresh] = seen.emplace(entry.key, &entry);
    if (!fresh) report(*at->second, entry);
  }
}

TreeDocument TreeBuilder::take() {
  TreeDocument document{Tree(std::exchange(root_, nullptr)), std::move(errors_)};
  stack_.clear();
  errors_.clear();
  return document;
}

}  // namespace amime::base
