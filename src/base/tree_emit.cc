#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/tree.h"

namespace amime::base {
namespace {

void write_string(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<int>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// JSON knows fewer spellings of numbers than YAML: "0x10", "+1", ".5", "01" are spelt anew; ".inf" and ".nan" stay strings.
void write_number(const std::string& text, std::string& out) {
  const bool plain = text.find_first_not_of("-0123456789") == std::string::npos;
  const std::size_t digits = text.starts_with("-") ? 1 : 0;
  if (plain && (text[digits] != '0' || text.size() == digits + 1)) {
    out += text;
    return;
  }
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const int radix = rest.starts_with("0x") ? 16 : rest.starts_with("0o") ? 8 : 10;
  if (radix != 10) rest.remove_prefix(2);
  std::uint64_t integer = 0;
  double value = 0;
  const char* end = rest.data() + rest.size();
  if (const auto whole = std::from_chars(rest.data(), end, integer, radix); whole.ec == std::errc() && whole.ptr == end) {
    fmt::format_to(std::back_inserter(out), "{}{}", negative ? "-" : "", integer);
  } else if (const auto real = std::from_chars(rest.data(), end, value);
             real.ec == std::errc() && real.ptr == end && std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out), "{}{}", negative ? "-" : "", value);
  } else {
    write_string(text, out);
  }
}

void write_scalar(const Tree& tree, std::string& out) {
  const ScalarType type = tree.quoted() ? ScalarType::kString : scalar_type(tree.text());
  switch (type) {
    case ScalarType::kNull: out += "null"; return;
    case ScalarType::kBool: out += bool_value(tree.text()) ? "true" : "false"; return;
    case ScalarType::kInteger:
    case ScalarType::kFloat: return write_number(tree.text(), out);
    case ScalarType::kString: return write_string(tree.text(), out);
  }
}

void write(const Tree& tree, std::string& out) {
  const char* separator = "";
  switch (tree.type()) {
    case Tree::Type::kNull: out += "null"; return;
    case Tree::Type::kScalar: return write_scalar(tree, out);
    case Tree::Type::kSequence:
      out += '[';
      for (const Tree& item : tree.items()) {
        out += std::exchange(separator, ",");
        write(item, out);
      }
      out += ']';
      return;
    case Tree::Type::kMap:
      out += '{';
      for (const auto& entry : tree.entries()) {
        out += std::exchange(separator, ",");
        write_string(entry.key, out);
        out += ':';
        write(entry.value, out);
      }
      out += '}';
      return;
  }
}

}  // namespace

std::string to_json(const Tree& tree) {
  std::string out;
  write(tree, out);
  return out;
}

}  // namespace amime::base
