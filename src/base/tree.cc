#include "base/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/tree_node.h"

namespace amime::base {
namespace {

const std::string kNoText;
const Tree kNothing;

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_true(std::string_view text) { return one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}); }
bool is_false(std::string_view text) { return one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}); }

bool all_digits(std::string_view text, std::string_view digits) {
  return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

ScalarType number_type(std::string_view text) {
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  if (all_digits(text, "0123456789")) return ScalarType::kInteger;
  if (text.starts_with("0x") && all_digits(text.substr(2), "0123456789abcdefABCDEF")) return ScalarType::kInteger;
  if (text.starts_with("0o") && all_digits(text.substr(2), "01234567")) return ScalarType::kInteger;
  if (one_of(text, {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"})) return ScalarType::kFloat;
  const auto exponent = text.find_first_of("eE");
  std::string_view mantissa = text.substr(0, exponent);
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (!power.empty() && (power[0] == '-' || power[0] == '+')) power.remove_prefix(1);
    if (!all_digits(power, "0123456789")) return ScalarType::kString;
  }
  const auto dot = mantissa.find('.');
  const std::string_view whole = mantissa.substr(0, dot);
  const std::string_view fraction = dot == std::string_view::npos ? std::string_view() : mantissa.substr(dot + 1);
  const bool digits = (whole.empty() || all_digits(whole, "0123456789")) && (fraction.empty() || all_digits(fraction, "0123456789"));
  return digits && !(whole.empty() && fraction.empty()) ? ScalarType::kFloat : ScalarType::kString;
}

}  // namespace

ScalarType scalar_type(std::string_view text) {
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) return ScalarType::kNull;
  const char c = text[0];
  if ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.') return number_type(text);
  if (is_true(text) || is_false(text)) return ScalarType::kBool;
  return ScalarType::kString;
}

bool bool_value(std::string_view text) { return is_true(text); }

Tree::Type Tree::type() const { return node_ ? node_->type : Type::kNull; }
int Tree::line() const { return node_ ? node_->line : 0; }
int Tree::column() const { return node_ ? node_->column : 0; }
const std::string& Tree::text() const { return node_ ? node_->text : kNoText; }
bool Tree::quoted() const { return node_ && node_->quoted; }
std::span<const Tree> Tree::items() const { return node_ ? std::span<const Tree>(node_->items) : std::span<const Tree>(); }
std::span<const Tree::Entry> Tree::entries() const { return node_ ? std::span<const Entry>(node_->entries) : std::span<const Entry>(); }

const Tree::Entry* Tree::entry(std::string_view key) const {
  for (const Entry& entry : entries())
    if (entry.key == key) return &entry;
  return nullptr;
}

const Tree* Tree::find(std::string_view key) const {
  const Entry* found = entry(key);
  return found ? &found->value : nullptr;
}

const Tree& Tree::operator[](std::string_view key) const {
  const Tree* found = find(key);
  return found ? *found : kNothing;
}

std::string Tree::describe() const {
  constexpr std::size_t kShown = 60;
  switch (type()) {
    case Type::kNull: return "nothing";
    case Type::kSequence: return "a list";
    case Type::kMap: return "a mapping";
    case Type::kScalar: break;
  }
  const std::string shown = text().size() > kShown ? text().substr(0, kShown) + "..." : text();
  if (!quoted()) switch (scalar_type(text())) {
      case ScalarType::kBool: return fmt::format("the boolean {}", shown);
      case ScalarType::kInteger:
      case ScalarType::kFloat: return fmt::format("the number {}", shown);
      case ScalarType::kNull:
      case ScalarType::kString: break;
    }
  return fmt::format("\"{}\"", shown);
}

std::vector<TextPart> split_documents(std::string_view text) {
  std::vector<TextPart> parts;
  TextPart part;
  int line = 1;
  auto close = [&](std::size_t end) {
    part.size = end - part.offset;
    if (part.size) parts.push_back(part);
  };
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view content = text.substr(at, end - at);
    const bool mark = content.starts_with("---") && (content.size() == 3 || content[3] == ' ' || content[3] == '\t' || content[3] == '\r');
    if (mark && at > part.offset) {
      close(at);
      part = {at, 0, line};
    }
    at = end + 1;
  }
  close(text.size());
  return parts;
}

bool looks_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

int invalid_utf8_line(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = p + text.size();
  int line = 1;
  while (p < end) {
    const unsigned char c = *p;
    if (c == '\n') ++line;
    if (c < 0x80) {
      ++p;
      continue;
    }
    const int more = c >= 0xC2 && c <= 0xDF ? 1 : (c & 0xF0) == 0xE0 ? 2 : c >= 0xF0 && c <= 0xF4 ? 3 : 0;
    if (more == 0 || end - p <= more) return line;
    for (int i = 1; i <= more; ++i)
      if ((p[i] & 0xC0) != 0x80) return line;
    const bool overlong = (c == 0xE0 && p[1] < 0xA0) || (c == 0xF0 && p[1] < 0x90);
    const bool beyond = (c == 0xED && p[1] > 0x9F) || (c == 0xF4 && p[1] > 0x8F);
    if (overlong || beyond) return line;
    p += more + 1;
  }
  return 0;
}

}  // namespace amime::base
