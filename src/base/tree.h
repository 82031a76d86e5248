// Tree: an immutable YAML or JSON document that remembers where each node stood.
//
// A cheap handle (shared nodes); any thread may read it. What a scalar means is decided by who reads it: the tree keeps its
// text and whether it was quoted, because `version: "1"` and `version: 1` are different things to Kubernetes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace amime::base {

class Tree {
 public:
  enum class Type { kNull, kScalar, kSequence, kMap };
  struct Entry;
  struct Node;  // base/tree_node.h; only the parsers look inside

  Tree() = default;  // null, at no place
  explicit Tree(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

  Type type() const;
  bool is_null() const { return type() == Type::kNull; }
  bool is_scalar() const { return type() == Type::kScalar; }
  bool is_sequence() const { return type() == Type::kSequence; }
  bool is_map() const { return type() == Type::kMap; }

  int line() const;    // from 1; 0: unknown
  int column() const;  // from 1; 0: unknown (JSON)

  const std::string& text() const;  // of a scalar, else empty
  bool quoted() const;              // a scalar that is a string whatever it looks like

  std::span<const Tree> items() const;     // of a sequence, else empty
  std::span<const Entry> entries() const;  // of a map, in the order written, else empty
  // A map's value; a null tree if there is none (also for what is no map).
  const Tree& operator[](std::string_view key) const;
  const Tree* find(std::string_view key) const;  // nullptr if there is none
  const Entry* entry(std::string_view key) const;

  // What a person would call it: `"x"`, `the number 3`, `a list`, `a mapping`, `nothing`.
  std::string describe() const;

 private:
  std::shared_ptr<const Node> node_;
};

struct Tree::Entry {
  std::string key;
  int line = 0;
  int column = 0;
  Tree value;
};

// What an unquoted scalar is to Kubernetes' YAML reader.
enum class ScalarType { kNull, kBool, kInteger, kFloat, kString };
ScalarType scalar_type(std::string_view text);
bool bool_value(std::string_view text);  // of a scalar of type kBool

struct TreeError {
  int line = 0;
  int column = 0;
  std::string message;
};
struct TreeDocument {
  Tree tree;                      // null if `errors` holds a syntax error
  std::vector<TreeError> errors;  // syntax, keys that stand twice, bounds
};

// Bounds against hostile input: each is an error of the document that exceeds it.
struct TreeLimits {
  std::size_t bytes = 64u << 20;
  std::size_t nodes = 4'000'000;  // aliases count as often as they are used
  int depth = 100;
};

// A stretch of a YAML stream between `---` lines, so that an error in one document leaves the others readable.
struct TextPart {
  std::size_t offset = 0;
  std::size_t size = 0;
  int line = 1;  // of its first line in the whole text
};
std::vector<TextPart> split_documents(std::string_view text);

// Parses YAML (which includes JSON). Anchors, aliases and merge keys (<<) are resolved. `line` is the text's first line.
std::vector<TreeDocument> parse_yaml(std::string_view text, int line = 1, const TreeLimits& limits = {});
// Parses JSON, one value after another; ten times as fast as parse_yaml. Lines only, no columns.
std::vector<TreeDocument> parse_json(std::string_view text, const TreeLimits& limits = {});
// Whether the text starts like JSON ("{" first).
bool looks_like_json(std::string_view text);
// Line of the first byte that is not UTF-8; 0 if all is.
int invalid_utf8_line(std::string_view text);

// Compact JSON of the tree; unquoted scalars become numbers, booleans and null where they look like them.
std::string to_json(const Tree& tree);

}  // namespace amime::base
