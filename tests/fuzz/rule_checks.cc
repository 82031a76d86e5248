#include "fuzz/rule_checks.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <re2/re2.h>

#include <algorithm>

#include "validate/validate.pb.h"

namespace amime::test {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using validate::FieldRules;

template <class Rules>
std::string broken_number(const Rules& rules, auto value) {
  const auto outside = [&](bool above, bool below, bool has_above, bool has_below) {
    return has_above && has_below ? !(above && below) : (has_above && !above) || (has_below && !below);
  };
  const bool above = rules.has_gt() ? value > rules.gt() : value >= rules.gte();
  const bool below = rules.has_lt() ? value < rules.lt() : value <= rules.lte();
  if (rules.ignore_empty() && value == 0) return {};
  if (rules.has_const_() && value != rules.const_()) return fmt::format("{} is not {}", value, rules.const_());
  if (outside(above, below, rules.has_gt() || rules.has_gte(), rules.has_lt() || rules.has_lte()))
    return fmt::format("{} is not in the bounds {}", value, rules.ShortDebugString());
  const auto has = [&](const auto& list) { return std::find(list.begin(), list.end(), value) != list.end(); };
  if (rules.in_size() && !has(rules.in())) return fmt::format("{} is not among {}", value, rules.ShortDebugString());
  if (has(rules.not_in())) return fmt::format("{} is among {}", value, rules.ShortDebugString());
  return {};
}

std::string broken_duration(const validate::DurationRules& rules, const Message& message) {
  const auto nanos = [](const google::protobuf::Duration& d) { return static_cast<__int128>(d.seconds()) * 1'000'000'000 + d.nanos(); };
  const auto value = nanos(static_cast<const google::protobuf::Duration&>(message));
  const bool good = (!rules.has_gt() || value > nanos(rules.gt())) && (!rules.has_gte() || value >= nanos(rules.gte())) &&
                    (!rules.has_lt() || value < nanos(rules.lt())) && (!rules.has_lte() || value <= nanos(rules.lte()));
  return good ? std::string() : fmt::format("{} breaks {}", message.ShortDebugString(), rules.ShortDebugString());
}

// What Envoy's own validator takes for a header's name and value.
bool matches(validate::KnownRegex known, bool strict, const std::string& text) {
  static const RE2 strict_name("^:?[0-9a-zA-Z!#$%&'*+\\-.^_|~`]+$"), strict_value("^[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$");
  static const RE2 lax("^[^\\x00\\x0a\\x0d]*$");
  if (known == validate::HTTP_HEADER_NAME) return RE2::FullMatch(text, strict ? strict_name : lax);
  if (known == validate::HTTP_HEADER_VALUE) return RE2::FullMatch(text, strict ? strict_value : lax);
  return true;
}

bool is_ip(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string broken_text(const validate::StringRules& rules, const std::string& text) {
  if (rules.ignore_empty() && text.empty()) return {};
  const auto wrong = [&](bool is) { return is ? fmt::format("\"{}\" breaks {}", text, rules.ShortDebugString()) : std::string(); };
  const auto in = [&](const auto& list) { return std::find(list.begin(), list.end(), text) != list.end(); };
  return wrong(
      (rules.has_const_() && text != rules.const_()) || (rules.has_min_len() && characters(text) < rules.min_len()) ||
      (rules.has_max_len() && characters(text) > rules.max_len()) || (rules.has_min_bytes() && text.size() < rules.min_bytes()) ||
      (rules.has_max_bytes() && text.size() > rules.max_bytes()) || (rules.has_pattern() && !RE2::FullMatch(text, rules.pattern())) ||
      !text.starts_with(rules.prefix()) || !text.ends_with(rules.suffix()) || text.find(rules.contains()) == std::string::npos ||
      (rules.in_size() && !in(rules.in())) || in(rules.not_in()) || (rules.ip() && !is_ip(text)) ||
      (rules.well_known_case() == validate::StringRules::kWellKnownRegex && !matches(rules.well_known_regex(), rules.strict(), text)));
}

std::string broken_enum(const validate::EnumRules& rules, const FieldDescriptor& field, int number) {
  const auto in = [&](const auto& list) { return std::find(list.begin(), list.end(), number) != list.end(); };
  const bool good = (!rules.defined_only() || field.enum_type()->FindValueByNumber(number)) && (!rules.in_size() || in(rules.in())) &&
                    !in(rules.not_in()) && (!rules.has_const_() || number == rules.const_());
  return good ? std::string() : fmt::format("the enum's {} breaks {}", number, rules.ShortDebugString());
}

std::string broken_bytes(const validate::BytesRules& rules, const std::string& bytes) {
  if (rules.ignore_empty() && bytes.empty()) return {};
  const bool good = (!rules.has_min_len() || bytes.size() >= rules.min_len()) && (!rules.has_max_len() || bytes.size() <= rules.max_len());
  return good ? std::string() : fmt::format("{} bytes break {}", bytes.size(), rules.ShortDebugString());
}

}  // namespace

Value value_of(const Message& message, const FieldDescriptor& field, int index) {
  const auto& r = *message.GetReflection();
  const bool one = index < 0;
  Value out;
  const auto number = [&](auto value) {
    out.number = static_cast<double>(value);
    out.integer =
        static_cast<std::int64_t>(out.number == static_cast<double>(value) && out.number < 9e18 && out.number > -9e18 ? value : 0);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      out.message = one ? &r.GetMessage(message, &field) : &r.GetRepeatedMessage(message, &field, index);
      break;
    case FieldDescriptor::CPPTYPE_STRING:
      out.text = one ? r.GetString(message, &field) : r.GetRepeatedString(message, &field, index);
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      number(one ? r.GetEnumValue(message, &field) : r.GetRepeatedEnumValue(message, &field, index));
      break;
    case FieldDescriptor::CPPTYPE_BOOL: number(one ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, index)); break;
    case FieldDescriptor::CPPTYPE_INT32: number(one ? r.GetInt32(message, &field) : r.GetRepeatedInt32(message, &field, index)); break;
    case FieldDescriptor::CPPTYPE_INT64: number(one ? r.GetInt64(message, &field) : r.GetRepeatedInt64(message, &field, index)); break;
    case FieldDescriptor::CPPTYPE_UINT32: number(one ? r.GetUInt32(message, &field) : r.GetRepeatedUInt32(message, &field, index)); break;
    case FieldDescriptor::CPPTYPE_UINT64: number(one ? r.GetUInt64(message, &field) : r.GetRepeatedUInt64(message, &field, index)); break;
    case FieldDescriptor::CPPTYPE_FLOAT: number(one ? r.GetFloat(message, &field) : r.GetRepeatedFloat(message, &field, index)); break;
    case FieldDescriptor::CPPTYPE_DOUBLE: number(one ? r.GetDouble(message, &field) : r.GetRepeatedDouble(message, &field, index)); break;
  }
  return out;
}

std::string text_of(const Value& value) {
  return value.message ? value.message->SerializeAsString() : fmt::format("{}|{}", value.text, value.number);
}

std::string broken_rule(const FieldRules& rules, const FieldDescriptor& field, const Value& value) {
  switch (rules.type_case()) {
    case FieldRules::kFloat: return broken_number(rules.float_(), static_cast<float>(value.number));
    case FieldRules::kDouble: return broken_number(rules.double_(), value.number);
    case FieldRules::kInt32: return broken_number(rules.int32(), static_cast<std::int32_t>(value.integer));
    case FieldRules::kInt64: return broken_number(rules.int64(), value.integer);
    case FieldRules::kUint32: return broken_number(rules.uint32(), static_cast<std::uint32_t>(value.integer));
    case FieldRules::kUint64: return broken_number(rules.uint64(), static_cast<std::uint64_t>(value.integer));
    case FieldRules::kString: return broken_text(rules.string(), value.text);
    case FieldRules::kBytes: return broken_bytes(rules.bytes(), value.text);
    case FieldRules::kEnum: return broken_enum(rules.enum_(), field, static_cast<int>(value.integer));
    case FieldRules::kDuration: return value.message ? broken_duration(rules.duration(), *value.message) : std::string();
    default: return {};
  }
}

std::string broken_size(const FieldRules& rules, int size) {
  const auto& repeated = rules.repeated();
  const auto count = static_cast<std::uint64_t>(size);
  if (repeated.ignore_empty() && size == 0) return {};
  const bool good =
      (!repeated.has_min_items() || count >= repeated.min_items()) && (!repeated.has_max_items() || count <= repeated.max_items());
  return good ? std::string() : fmt::format("{} items break {}", size, repeated.ShortDebugString());
}

std::string missing(const FieldRules& rules) {
  const bool required = rules.message().required() || rules.duration().required() || rules.any().required() || rules.timestamp().required();
  return required ? "is required" : std::string();
}

}  // namespace amime::test
