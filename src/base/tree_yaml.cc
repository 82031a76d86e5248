#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <fmt/format.h>

#include <istream>
#include <streambuf>
#include <unordered_map>

#include "base/tree_node.h"

namespace amime::base {
namespace {

// Reads a string_view as a stream, without a copy.
struct ViewBuffer : std::streambuf {
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // a get area is never written to
    setg(begin, begin, begin + text.size());
  }
};

class YamlHandler : public YAML::EventHandler {
 public:
  YamlHandler(int line, const TreeLimits& limits) : builder_(limits), first_line_(line) {}

  // yaml-cpp takes what it does not understand after a document's end for another, empty one, again and again.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos <= last_start_) throw TreeFailure(line(mark), mark.column + 1, "text that belongs to no document");
    last_start_ = mark.pos;
  }
  void OnDocumentEnd() override {
    documents.push_back(builder_.take());
    anchors_.clear();
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (builder_.wants_key()) return key("", mark);
    remember(anchor, add(TreeBuilder::make(Tree::Type::kNull, line(mark), mark.column + 1)));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw TreeFailure(line(mark), mark.column + 1, "an alias inside what it names");
    if (!builder_.wants_key()) return builder_.add(found->second);
    if (found->second->type != Tree::Type::kScalar) throw TreeFailure(line(mark), mark.column + 1, "a key must be a scalar");
    key(found->second->text, mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    if (builder_.wants_key()) {
      if (anchor) remember(anchor, scalar(mark, tag, value));
      return key(value, mark);
    }
    remember(anchor, add(scalar(mark, tag, value)));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(Tree::Type::kSequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(Tree::Type::kMap, mark, anchor);
  }
  void OnMapEnd() override { close(); }

  std::vector<TreeDocument> documents;

 private:
  using NodePtr = TreeBuilder::NodePtr;
  int line(const YAML::Mark& mark) const { return mark.line + first_line_; }
  void key(std::string text, const YAML::Mark& mark) { builder_.key(std::move(text), line(mark), mark.column + 1); }
  NodePtr add(NodePtr node) {
    builder_.add(node);
    return node;
  }
  NodePtr scalar(const YAML::Mark& mark, const std::string& tag, const std::string& value) const {
    NodePtr node = TreeBuilder::make(Tree::Type::kScalar, line(mark), mark.column + 1);
    node->quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    node->text = value;
    if (!node->quoted && scalar_type(value) == ScalarType::kNull) node->type = Tree::Type::kNull;
    return node;
  }
  void open(Tree::Type type, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (builder_.wants_key()) throw TreeFailure(line(mark), mark.column + 1, "a key must be a scalar");
    builder_.open(TreeBuilder::make(type, line(mark), mark.column + 1));
    open_anchors_.push_back(anchor);
  }
  void close() {
    const YAML::anchor_t anchor = open_anchors_.back();
    open_anchors_.pop_back();
    remember(anchor, builder_.close());
  }
  void remember(YAML::anchor_t anchor, NodePtr node) {
    if (anchor) anchors_[anchor] = std::move(node);
  }

  TreeBuilder builder_;
  int first_line_;
  int last_start_ = -1;
  std::unordered_map<YAML::anchor_t, NodePtr> anchors_;  // only what is complete: a node can never hold itself
  std::vector<YAML::anchor_t> open_anchors_;
};

TreeDocument failure(int line, int column, std::string message) {
  TreeDocument document;
  document.errors.push_back({line, column, std::move(message)});
  return document;
}

}  // namespace

std::vector<TreeDocument> parse_yaml(std::string_view text, int line, const TreeLimits& limits) {
  if (text.size() > limits.bytes) return {failure(line, 0, fmt::format("longer than {} bytes", limits.bytes))};
  if (text.find('\0') != std::string_view::npos) return {failure(line, 0, "holds a NUL byte: this is no YAML")};
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  YamlHandler handler(line, limits);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(handler)) {
    }
  } catch (const TreeFailure& e) {
    handler.documents.push_back(failure(e.line, e.column, e.what()));
  } catch (const YAML::Exception& e) {
    const bool placed = !e.mark.is_null();
    handler.documents.push_back(failure(placed ? e.mark.line + line : line, placed ? e.mark.column + 1 : 0, e.msg));
  }
  return std::move(handler.documents);
}

}  // namespace amime::base
