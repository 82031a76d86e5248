#include "source/proto_wellknown.h"

#include <fmt/format.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <charconv>
#include <memory>

#include "source/duration.h"
#include "source/proto_values.h"

namespace amime::source {
namespace {

namespace pb = google::protobuf;
using base::Tree;
constexpr std::int64_t kNanoseconds = 1'000'000'000;

void read_duration(const Tree& tree, const Path& at, pb::Duration& duration, Errors& errors) {
  const auto nanoseconds = tree.is_scalar() ? parse_duration(tree.text()) : std::nullopt;
  if (!nanoseconds) return errors.add(at, fmt::format("expected a duration such as 10s, 500ms or 1h30m, found {}", tree.describe()));
  duration.set_seconds(*nanoseconds / kNanoseconds);
  duration.set_nanos(static_cast<std::int32_t>(*nanoseconds % kNanoseconds));
}

void read_timestamp(const Tree& tree, const Path& at, pb::Timestamp& timestamp, Errors& errors) {
  const auto seconds = tree.is_scalar() ? parse_timestamp(tree.text()) : std::nullopt;
  if (!seconds) return errors.add(at, fmt::format("expected a time such as 2024-02-01T10:00:00Z, found {}", tree.describe()));
  timestamp.set_seconds(*seconds);
}

void fill(const Tree& tree, pb::Value& value);

void fill_struct(const Tree& tree, pb::Struct& out) {
  for (const auto& entry : tree.entries()) fill(entry.value, (*out.mutable_fields())[entry.key]);
}

void fill_list(const Tree& tree, pb::ListValue& out) {
  for (const Tree& item : tree.items()) fill(item, *out.add_values());
}

double number(const std::string& text) {
  double value = 0;
  const bool hex = text.starts_with("0x");
  if (hex) {
    std::uint64_t integer = 0;
    std::from_chars(text.data() + 2, text.data() + text.size(), integer, 16);
    return static_cast<double>(integer);
  }
  std::from_chars(text.data() + (text[0] == '+' ? 1 : 0), text.data() + text.size(), value);
  return value;
}

void fill(const Tree& tree, pb::Value& value) {
  if (tree.is_map()) return fill_struct(tree, *value.mutable_struct_value());
  if (tree.is_sequence()) return fill_list(tree, *value.mutable_list_value());
  const auto type = tree.is_null() ? base::ScalarType::kNull : tree.quoted() ? base::ScalarType::kString : base::scalar_type(tree.text());
  switch (type) {
    case base::ScalarType::kNull: return value.set_null_value(pb::NULL_VALUE);
    case base::ScalarType::kBool: return value.set_bool_value(base::bool_value(tree.text()));
    case base::ScalarType::kInteger:
    case base::ScalarType::kFloat: return value.set_number_value(number(tree.text()));
    case base::ScalarType::kString: return value.set_string_value(tree.text());
  }
}

// google.protobuf.UInt32Value and its kin: the value stands alone.
void read_wrapper(const Tree& tree, const Path& at, pb::Message& message, Errors& errors) {
  const pb::FieldDescriptor* field = message.GetDescriptor()->FindFieldByNumber(1);
  const pb::Reflection& reflection = *message.GetReflection();
  auto set = [&](const auto& value, auto setter) {
    if (value) (reflection.*setter)(&message, field, *value);
  };
  switch (field->cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
      return set(int_value(tree, at, errors, INT32_MIN, INT32_MAX, false), &pb::Reflection::SetInt32);
    case pb::FieldDescriptor::CPPTYPE_INT64: return set(int_value(tree, at, errors, INT64_MIN, INT64_MAX, true), &pb::Reflection::SetInt64);
    case pb::FieldDescriptor::CPPTYPE_UINT32: return set(uint_value(tree, at, errors, UINT32_MAX, false), &pb::Reflection::SetUInt32);
    case pb::FieldDescriptor::CPPTYPE_UINT64: return set(uint_value(tree, at, errors, UINT64_MAX, true), &pb::Reflection::SetUInt64);
    case pb::FieldDescriptor::CPPTYPE_DOUBLE: return set(double_value(tree, at, errors), &pb::Reflection::SetDouble);
    case pb::FieldDescriptor::CPPTYPE_FLOAT: return set(double_value(tree, at, errors), &pb::Reflection::SetFloat);
    case pb::FieldDescriptor::CPPTYPE_BOOL: return set(boolean_value(tree, at, errors), &pb::Reflection::SetBool);
    case pb::FieldDescriptor::CPPTYPE_STRING: {
      const bool bytes = field->type() == pb::FieldDescriptor::TYPE_BYTES;
      if (auto value = bytes ? bytes_value(tree, at, errors) : string_value(tree, at, errors))
        reflection.SetString(&message, field, *value);
      return;
    }
    default: return;
  }
}

// {"@type": "type.googleapis.com/x.Y", ...fields of x.Y}
void read_any(const Tree& tree, Path& at, pb::Any& any, Errors& errors, const ProtoReadOptions& options) {
  const Tree& type = tree["@type"];
  if (!type.is_scalar()) return errors.add(at, "expected a mapping with \"@type\"");
  const std::string name = type.text().substr(type.text().rfind('/') + 1);
  const pb::Descriptor* descriptor = pb::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
  const pb::Message* prototype = descriptor ? pb::MessageFactory::generated_factory()->GetPrototype(descriptor) : nullptr;
  if (!prototype) return errors.add(at / "@type", fmt::format("unknown type \"{}\"", name));
  const std::unique_ptr<pb::Message> inner(prototype->New());
  if (const Tree* value = tree.find("value"); value && read_well_known(*value, at, *inner, errors, options)) {
    any.PackFrom(*inner);
    return;
  }
  read_message(tree, at, *inner, errors, options);
  any.PackFrom(*inner);
}

bool is_wrapper(std::string_view name) {
  return name == "DoubleValue" || name == "FloatValue" || name == "Int64Value" || name == "UInt64Value" || name == "Int32Value" ||
         name == "UInt32Value" || name == "BoolValue" || name == "StringValue" || name == "BytesValue";
}

}  // namespace

bool read_well_known(const Tree& tree, Path& at, pb::Message& message, Errors& errors, const ProtoReadOptions& options) {
  constexpr std::string_view kPackage = "google.protobuf.";
  std::string_view name = message.GetDescriptor()->full_name();
  if (!name.starts_with(kPackage)) return false;
  name.remove_prefix(kPackage.size());
  if (name == "Duration") {
    read_duration(tree, at, static_cast<pb::Duration&>(message), errors);
  } else if (name == "Timestamp") {
    read_timestamp(tree, at, static_cast<pb::Timestamp&>(message), errors);
  } else if (name == "Struct") {
    if (!tree.is_map()) errors.add(at, fmt::format("expected a mapping, found {}", tree.describe()));
    fill_struct(tree, static_cast<pb::Struct&>(message));
  } else if (name == "ListValue") {
    if (!tree.is_sequence()) errors.add(at, fmt::format("expected a list, found {}", tree.describe()));
    fill_list(tree, static_cast<pb::ListValue&>(message));
  } else if (name == "Value") {
    fill(tree, static_cast<pb::Value&>(message));
  } else if (name == "Any") {
    read_any(tree, at, static_cast<pb::Any&>(message), errors, options);
  } else if (is_wrapper(name)) {
    read_wrapper(tree, at, message, errors);
  } else {
    return false;
  }
  return true;
}

}  // namespace amime::source
