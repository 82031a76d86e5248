#include "source/proto_values.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace amime::source {
namespace {

using base::ScalarType;
using base::Tree;

// A float such as 1e3 or 5.0 that is a whole number; none: it is not.
std::optional<double> whole_number(const std::string& text) {
  double value = 0;
  const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value != std::floor(value)) return std::nullopt;
  return value;
}

struct Digits {
  bool negative = false;
  std::uint64_t magnitude = 0;
};

// Decimal, 0x, 0o; none: not an integer, or beyond 64 bits.
std::optional<Digits> digits_of(const std::string& text) {
  Digits out;
  std::string_view rest = text;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    out.negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  int radix = 10;
  if (rest.starts_with("0x")) radix = 16;
  if (rest.starts_with("0o")) radix = 8;
  if (radix != 10) rest.remove_prefix(2);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out.magnitude, radix);
  if (error == std::errc() && end == rest.data() + rest.size() && !rest.empty()) return out;
  if (base::scalar_type(text) != ScalarType::kFloat) return std::nullopt;
  const auto value = whole_number(text);
  if (!value || std::abs(*value) > 9e15) return std::nullopt;
  out.magnitude = static_cast<std::uint64_t>(std::abs(*value));
  return out;
}

std::optional<Digits> integer(const Tree& tree, const Path& at, Errors& errors, bool allow_text) {
  if (tree.is_scalar() && (allow_text || !tree.quoted()))
    if (const auto digits = digits_of(tree.text())) return digits;
  errors.add(at, fmt::format("expected an integer, found {}", tree.describe()));
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> int_value(const Tree& tree, const Path& at, Errors& errors, std::int64_t lowest, std::int64_t highest,
                                      bool allow_text) {
  const auto digits = integer(tree, at, errors, allow_text);
  if (!digits) return std::nullopt;
  const std::uint64_t most = digits->negative ? static_cast<std::uint64_t>(-(lowest + 1)) + 1 : static_cast<std::uint64_t>(highest);
  if (digits->magnitude > most) {
    errors.add(at, fmt::format("{} is not between {} and {}", tree.text(), lowest, highest));
    return std::nullopt;
  }
  return digits->negative ? -static_cast<std::int64_t>(digits->magnitude - 1) - 1 : static_cast<std::int64_t>(digits->magnitude);
}

std::optional<std::uint64_t> uint_value(const Tree& tree, const Path& at, Errors& errors, std::uint64_t highest, bool allow_text) {
  const auto digits = integer(tree, at, errors, allow_text);
  if (!digits) return std::nullopt;
  if ((digits->negative && digits->magnitude) || digits->magnitude > highest) {
    errors.add(at, fmt::format("{} is not between 0 and {}", tree.text(), highest));
    return std::nullopt;
  }
  return digits->magnitude;
}

std::optional<double> double_value(const Tree& tree, const Path& at, Errors& errors) {
  const std::string& text = tree.text();
  if (tree.is_scalar()) {
    if (text == "NaN" || text == ".nan" || text == ".NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity" || text == ".inf" || text == ".Inf") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity" || text == "-.inf" || text == "-.Inf") return -std::numeric_limits<double>::infinity();
    const ScalarType type = base::scalar_type(text);
    if (!tree.quoted() && (type == ScalarType::kInteger || type == ScalarType::kFloat)) {
      double value = 0;
      const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
      const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
      if (error == std::errc() && end == text.data() + text.size()) return value;
    }
  }
  errors.add(at, fmt::format("expected a number, found {}", tree.describe()));
  return std::nullopt;
}

std::optional<bool> boolean_value(const Tree& tree, const Path& at, Errors& errors) {
  if (tree.is_scalar() && !tree.quoted() && base::scalar_type(tree.text()) == ScalarType::kBool) return base::bool_value(tree.text());
  errors.add(at, fmt::format("expected true or false, found {}", tree.describe()));
  return std::nullopt;
}

std::optional<std::string> string_value(const Tree& tree, const Path& at, Errors& errors) {
  if (tree.is_scalar() && (tree.quoted() || base::scalar_type(tree.text()) == ScalarType::kString)) return tree.text();
  errors.add(at, fmt::format("expected a string, found {}{}", tree.describe(), tree.is_scalar() ? "; put it in quotes" : ""));
  return std::nullopt;
}

std::optional<std::string> bytes_value(const Tree& tree, const Path& at, Errors& errors) {
  const auto text = string_value(tree, at, errors);
  if (!text) return std::nullopt;
  std::string bytes;
  if (absl::Base64Unescape(*text, &bytes) || absl::WebSafeBase64Unescape(*text, &bytes)) return bytes;
  errors.add(at, "is not base64");
  return std::nullopt;
}

std::optional<int> enum_value(const Tree& tree, const google::protobuf::EnumDescriptor& type, const Path& at, Errors& errors) {
  if (tree.is_scalar()) {
    if (const auto* value = type.FindValueByName(tree.text())) return value->number();
    const auto digits = tree.quoted() ? std::nullopt : digits_of(tree.text());
    if (digits && !digits->negative && digits->magnitude <= INT32_MAX && type.FindValueByNumber(static_cast<int>(digits->magnitude)))
      return static_cast<int>(digits->magnitude);
  }
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
  errors.add(at, fmt::format("expected one of {}, found {}", join_names(names), tree.describe()));
  return std::nullopt;
}

}  // namespace amime::source
