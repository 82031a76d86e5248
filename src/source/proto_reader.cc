#include "source/proto_reader.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <charconv>
#include <utility>
#include <vector>

#include "source/proto_values.h"
#include "source/proto_wellknown.h"

namespace amime::source {
namespace {

namespace pb = google::protobuf;
using base::Tree;
using Field = pb::FieldDescriptor;

const Field* find_field(const pb::Descriptor& type, const std::string& name) {
  if (const Field* field = type.FindFieldByCamelcaseName(name); field && field->json_name() == name) return field;
  if (const Field* field = type.FindFieldByName(name)) return field;
  for (int i = 0; i < type.field_count(); ++i)
    if (type.field(i)->json_name() == name) return type.field(i);
  return nullptr;
}

std::vector<std::string> field_names(const pb::Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->json_name());
  return names;
}

// Which name of the user's first gave a field (or an arm of a oneof). Messages are small: a list beats a map.
template <class What>
using Given = std::vector<std::pair<const What*, const std::string*>>;

// Notes that `name` gives `what`; returns the name that gave it before, or nullptr.
template <class What>
const std::string* note(Given<What>& given, const What* what, const std::string& name) {
  for (const auto& [other, first] : given)
    if (other == what) return first;
  given.emplace_back(what, &name);
  return nullptr;
}

class Reader {
 public:
  Reader(Path& at, Errors& errors, const ProtoReadOptions& options) : at_(at), errors_(errors), options_(options) {}

  void message(const Tree& tree, pb::Message& message) {
    if (read_well_known(tree, at_, message, errors_, options_)) return;
    if (!tree.is_map()) return errors_.add(at_, fmt::format("expected a mapping, found {}", tree.describe()));
    const pb::Descriptor& type = *message.GetDescriptor();
    Given<Field> given;
    Given<pb::OneofDescriptor> chosen;
    for (const auto& entry : tree.entries()) {
      PathStep step(at_, std::string_view(entry.key));
      const Field* found = find_field(type, entry.key);
      if (!found) {
        unknown(entry, type);
      } else if (!entry.value.is_null() || is_null_value(*found)) {
        if (is_first(given, found, entry) && is_only_one(chosen, found, entry)) field(entry.value, message, *found);
      }
    }
  }

 private:
  static bool is_null_value(const Field& field) {
    return field.message_type() && field.message_type()->full_name() == "google.protobuf.Value" && !field.is_repeated();
  }

  void unknown(const Tree::Entry& entry, const pb::Descriptor& type) {
    if (entry.key == "@type") return;
    const std::string near = did_you_mean(entry.key, field_names(type));
    std::string text = near.empty() ? fmt::format("unknown field; {} has {}", type.name(), join_names(field_names(type)))
                                    : fmt::format("unknown field; did you mean {}?", near);
    if (options_.unknown_fields_warn) return errors_.warn(at_, std::move(text));
    errors_.add_at_line(entry.line, at_, std::move(text));
  }

  // camelCase and snake_case name the same field.
  bool is_first(Given<Field>& given, const Field* found, const Tree::Entry& entry) {
    const std::string* other = note(given, found, entry.key);
    if (other) errors_.add(at_, fmt::format("the same field as {}", *other));
    return !other;
  }

  bool is_only_one(Given<pb::OneofDescriptor>& chosen, const Field* found, const Tree::Entry& entry) {
    const pb::OneofDescriptor* oneof = found->real_containing_oneof();
    const std::string* other = oneof ? note(chosen, oneof, entry.key) : nullptr;
    if (other) errors_.add(at_, fmt::format("excludes {}: only one of the two may be given", *other));
    return !other;
  }

  void field(const Tree& tree, pb::Message& message, const Field& field) {
    message.GetReflection()->ClearField(&message, &field);
    if (field.is_map()) return map(tree, message, field);
    if (!field.is_repeated()) return value(tree, message, field);
    if (!tree.is_sequence()) return errors_.add(at_, fmt::format("expected a list, found {}", tree.describe()));
    std::size_t index = 0;
    for (const Tree& item : tree.items()) {
      PathStep step(at_, index++);
      if (item.is_null() && !is_struct_value(field)) {
        errors_.add(at_, "an empty entry in a list");
      } else {
        value(item, message, field);
      }
    }
  }
  static bool is_struct_value(const Field& field) {
    return field.message_type() && field.message_type()->full_name() == "google.protobuf.Value";
  }

  void map(const Tree& tree, pb::Message& message, const Field& field) {
    if (!tree.is_map()) return errors_.add(at_, fmt::format("expected a mapping, found {}", tree.describe()));
    const Field& key = *field.message_type()->map_key();
    const Field& value_field = *field.message_type()->map_value();
    for (const auto& entry : tree.entries()) {
      at_.push_key(entry.key);
      pb::Message& slot = *message.GetReflection()->AddMessage(&message, &field);
      if (map_key(entry.key, slot, key)) {
        if (entry.value.is_null() && value_field.cpp_type() != Field::CPPTYPE_MESSAGE) {
          errors_.add(at_, "has no value");
        } else if (!entry.value.is_null() || is_struct_value(value_field)) {
          value(entry.value, slot, value_field);
        } else {
          slot.GetReflection()->MutableMessage(&slot, &value_field);
        }
      }
      at_.pop();
    }
  }

  bool map_key(const std::string& text, pb::Message& slot, const Field& key) {
    const pb::Reflection& reflection = *slot.GetReflection();
    if (key.cpp_type() == Field::CPPTYPE_STRING) {
      reflection.SetString(&slot, &key, text);
      return true;
    }
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool fits = error == std::errc() && end == text.data() + text.size() && key.cpp_type() == Field::CPPTYPE_UINT32;
    if (fits) {
      reflection.SetUInt32(&slot, &key, number);
    } else {
      errors_.add(at_, fmt::format("expected a whole number as key, found \"{}\"", text));
    }
    return fits;
  }

  // One value: of a singular field, or the next of a repeated one.
  void value(const Tree& tree, pb::Message& message, const Field& field) {
    switch (field.cpp_type()) {
      case Field::CPPTYPE_INT32:
        return put(int_value(tree, at_, errors_, INT32_MIN, INT32_MAX, false), message, field, &pb::Reflection::SetInt32,
                   &pb::Reflection::AddInt32);
      case Field::CPPTYPE_INT64:
        return put(int_value(tree, at_, errors_, INT64_MIN, INT64_MAX, true), message, field, &pb::Reflection::SetInt64,
                   &pb::Reflection::AddInt64);
      case Field::CPPTYPE_UINT32:
        return put(uint_value(tree, at_, errors_, UINT32_MAX, false), message, field, &pb::Reflection::SetUInt32,
                   &pb::Reflection::AddUInt32);
      case Field::CPPTYPE_UINT64:
        return put(uint_value(tree, at_, errors_, UINT64_MAX, true), message, field, &pb::Reflection::SetUInt64,
                   &pb::Reflection::AddUInt64);
      case Field::CPPTYPE_DOUBLE:
        return put(double_value(tree, at_, errors_), message, field, &pb::Reflection::SetDouble, &pb::Reflection::AddDouble);
      case Field::CPPTYPE_FLOAT:
        return put(double_value(tree, at_, errors_), message, field, &pb::Reflection::SetFloat, &pb::Reflection::AddFloat);
      case Field::CPPTYPE_BOOL:
        return put(boolean_value(tree, at_, errors_), message, field, &pb::Reflection::SetBool, &pb::Reflection::AddBool);
      case Field::CPPTYPE_ENUM:
        return put(enum_value(tree, *field.enum_type(), at_, errors_), message, field, &pb::Reflection::SetEnumValue,
                   &pb::Reflection::AddEnumValue);
      case Field::CPPTYPE_STRING: return text(tree, message, field);
      case Field::CPPTYPE_MESSAGE: {
        const pb::Reflection& reflection = *message.GetReflection();
        return this->message(tree,
                             field.is_repeated() ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field));
      }
    }
  }

  template <class Value, class Set, class Add>
  void put(const Value& value, pb::Message& message, const Field& field, Set set, Add add) {
    if (!value) return;
    const pb::Reflection& reflection = *message.GetReflection();
    if (field.is_repeated()) {
      (reflection.*add)(&message, &field, *value);
    } else {
      (reflection.*set)(&message, &field, *value);
    }
  }

  void text(const Tree& tree, pb::Message& message, const Field& field) {
    const bool bytes = field.type() == Field::TYPE_BYTES;
    auto value = bytes ? bytes_value(tree, at_, errors_) : string_value(tree, at_, errors_);
    if (!value) return;
    const pb::Reflection& reflection = *message.GetReflection();
    if (field.is_repeated()) {
      reflection.AddString(&message, &field, std::move(*value));
    } else {
      reflection.SetString(&message, &field, std::move(*value));
    }
  }

  Path& at_;
  Errors& errors_;
  const ProtoReadOptions& options_;
};

}  // namespace

void read_message(const Tree& tree, Path& at, pb::Message& message, Errors& errors, const ProtoReadOptions& options) {
  Reader(at, errors, options).message(tree, message);
}

}  // namespace amime::source
