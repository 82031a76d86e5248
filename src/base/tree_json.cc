#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/tree_node.h"

namespace amime::base {
namespace {

// Where the parser is, shared by the copies of the iterator that it makes.
struct Cursor {
  const char* at;
  const char* end;
};

class CursorIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CursorIterator() = default;
  explicit CursorIterator(Cursor* cursor) : cursor_(cursor) {}
  reference operator*() const { return *cursor_->at; }
  CursorIterator& operator++() {
    ++cursor_->at;
    return *this;
  }
  CursorIterator operator++(int) { return ++*this; }
  friend bool operator==(const CursorIterator& a, const CursorIterator& b) { return a.ended() == b.ended(); }
  friend bool operator!=(const CursorIterator& a, const CursorIterator& b) { return !(a == b); }

 private:
  bool ended() const { return !cursor_ || cursor_->at >= cursor_->end; }
  Cursor* cursor_ = nullptr;
};

class JsonHandler {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = std::string;
  using binary_t = nlohmann::json::binary_t;

  JsonHandler(const Cursor& cursor, const TreeLimits& limits) : builder(limits), cursor_(cursor), counted_(cursor.at) {}

  bool null() { return leaf(Tree::Type::kNull, "", false); }
  bool boolean(bool value) { return leaf(Tree::Type::kScalar, value ? "true" : "false", false); }
  bool number_integer(number_integer_t value) { return leaf(Tree::Type::kScalar, std::to_string(value), false); }
  bool number_unsigned(number_unsigned_t value) { return leaf(Tree::Type::kScalar, std::to_string(value), false); }
  bool number_float(number_float_t, const string_t& text) { return leaf(Tree::Type::kScalar, text, false); }
  bool string(string_t& value) { return leaf(Tree::Type::kScalar, std::move(value), true); }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Tree::Type::kMap); }
  bool key(string_t& value) {
    builder.key(std::move(value), line(), 0);
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(Tree::Type::kSequence); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t, const std::string& token, const nlohmann::detail::exception&) {
    throw TreeFailure(line(), 0, fmt::format("not JSON at {}", token.empty() ? "the end" : "\"" + token.substr(0, 40) + "\""));
  }

  // Counts from where it last counted, so that a whole document costs one pass.
  int line() {
    line_ += static_cast<int>(std::count(counted_, cursor_.at, '\n'));
    counted_ = cursor_.at;
    return line_;
  }
  TreeBuilder builder;

 private:
  bool leaf(Tree::Type type, std::string text, bool quoted) {
    auto node = TreeBuilder::make(type, line(), 0);
    node->text = std::move(text);
    node->quoted = quoted;
    builder.add(std::move(node));
    return true;
  }
  bool open(Tree::Type type) {
    builder.open(TreeBuilder::make(type, line(), 0));
    return true;
  }
  bool close() {
    builder.close();
    return true;
  }

  const Cursor& cursor_;
  const char* counted_;
  int line_ = 1;
};

void skip_space(Cursor& cursor) {
  while (cursor.at < cursor.end && std::strchr(" \t\r\n", *cursor.at)) ++cursor.at;
}

}  // namespace

std::vector<TreeDocument> parse_json(std::string_view text, const TreeLimits& limits) {
  std::vector<TreeDocument> documents;
  auto fail = [&](int line, std::string message) {
    TreeDocument document;
    document.errors.push_back({line, 0, std::move(message)});
    documents.push_back(std::move(document));
  };
  if (text.size() > limits.bytes) {
    fail(1, fmt::format("longer than {} bytes", limits.bytes));
    return documents;
  }
  Cursor cursor{text.data(), text.data() + text.size()};
  JsonHandler handler(cursor, limits);
  skip_space(cursor);
  try {
    while (cursor.at < cursor.end) {
      nlohmann::json::sax_parse(CursorIterator(&cursor), CursorIterator(), &handler, nlohmann::json::input_format_t::json, false);
      documents.push_back(handler.builder.take());
      skip_space(cursor);
    }
  } catch (const TreeFailure& e) {
    fail(e.line, e.what());
  }
  return documents;
}

}  // namespace amime::base
