// The inside of a Tree, and what the YAML and the JSON parser share to build one. Private to src/base/tree*.cc.
#pragma once

#include <stdexcept>
#include <utility>

#include "base/tree.h"

namespace amime::base {

struct Tree::Node {
  Type type = Type::kNull;
  bool quoted = false;
  int line = 0;
  int column = 0;
  int depth = 1;          // of the subtree
  std::size_t count = 1;  // nodes of the subtree, shared ones as often as they appear
  std::string text;
  std::vector<Tree> items;
  std::vector<Entry> entries;
};

// Stops a parse: caught where the parser is called, becomes a TreeError.
struct TreeFailure : std::runtime_error {
  TreeFailure(int line, int column, const std::string& message) : std::runtime_error(message), line(line), column(column) {}
  int line;
  int column;
};

// Puts one document together from a parser's events. Throws TreeFailure where a bound is exceeded.
class TreeBuilder {
 public:
  explicit TreeBuilder(const TreeLimits& limits) : limits_(limits) {}

  using NodePtr = std::shared_ptr<Tree::Node>;
  static NodePtr make(Tree::Type type, int line, int column);

  void open(NodePtr collection);                     // items or entries follow
  NodePtr close();                                   // returns the collection closed; it is in its place
  void add(std::shared_ptr<const Tree::Node> node);  // scalar, null, or an alias's target
  void key(std::string text, int line, int column);  // in a map, before its value
  bool wants_key() const;                            // the innermost collection is a map that waits for a key
  bool done() const { return stack_.empty() && root_; }
  TreeDocument take();  // the document; the builder starts anew

 private:
  struct Open {
    NodePtr node;
    std::string key;
    int key_line = 0, key_column = 0;
    bool has_key = false;
    std::size_t merges = 0;  // entries of key <<
  };
  void place(std::shared_ptr<const Tree::Node> node);
  void merge(Open& map);
  void check(const Tree::Node& node) const;
  void find_twice(const Tree::Node& map);

  TreeLimits limits_;
  std::vector<Open> stack_;
  std::shared_ptr<const Tree::Node> root_;
  std::vector<TreeError> errors_;
};

}  // namespace amime::base
