#include "fuzz/constraints.h"

#include <fmt/format.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>

#include <memory>
#include <set>

#include "base/tree.h"
#include "fuzz/rule_checks.h"
#include "validate/validate.pb.h"

namespace amime::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using validate::FieldRules;

std::string check_message(const Message& message);

std::string below(std::string_view step, const std::string& broken) {
  if (broken.empty()) return {};
  const bool reached = broken[0] == '.' || broken[0] == '[';
  return fmt::format(".{}{}{}", step, reached ? "" : ": ", broken);
}

bool is_wrapper(const Descriptor& type) { return type.file()->name() == "google/protobuf/wrappers.proto"; }

// One value, in a field, a list or a map.
std::string check_value(const FieldDescriptor& field, const Value& value, const FieldRules* rules) {
  if (!value.message) return rules ? broken_rule(*rules, field, value) : std::string();
  const Message& message = *value.message;
  if (is_wrapper(*message.GetDescriptor())) {
    const FieldDescriptor& inner = *message.GetDescriptor()->field(0);
    return check_value(inner, value_of(message, inner), rules);
  }
  if (rules)
    if (std::string broken = broken_rule(*rules, field, value); !broken.empty()) return broken;
  if (rules && rules->message().skip()) return {};
  return check_message(message);
}

std::string check_list(const Message& message, const FieldDescriptor& field, const FieldRules* rules) {
  const int size = message.GetReflection()->FieldSize(message, &field);
  if (rules)
    if (std::string broken = broken_size(*rules, size); !broken.empty()) return broken;
  const FieldRules* each = rules && rules->repeated().has_items() ? &rules->repeated().items() : nullptr;
  std::set<std::string> seen;
  for (int i = 0; i < size; ++i) {
    const Value value = value_of(message, field, i);
    if (std::string broken = check_value(field, value, each); !broken.empty())
      return fmt::format("[{}]{}", i, broken[0] == '.' ? broken : ": " + broken);
    if (rules && rules->repeated().unique() && !seen.insert(text_of(value)).second) return fmt::format("[{}]: stands twice", i);
  }
  return {};
}

std::string check_map(const Message& message, const FieldDescriptor& field, const FieldRules* rules) {
  const int size = message.GetReflection()->FieldSize(message, &field);
  const auto& key = *field.message_type()->map_key();
  const auto& mapped = *field.message_type()->map_value();
  for (int i = 0; i < size; ++i) {
    const Message& entry = message.GetReflection()->GetRepeatedMessage(message, &field, i);
    const Value name = value_of(entry, key);
    const FieldRules* key_rules = rules && rules->map().has_keys() ? &rules->map().keys() : nullptr;
    const FieldRules* value_rules = rules && rules->map().has_values() ? &rules->map().values() : nullptr;
    std::string broken = check_value(key, name, key_rules);
    if (broken.empty()) broken = check_value(mapped, value_of(entry, mapped), value_rules);
    if (!broken.empty()) return fmt::format("[{}]{}", name.text, broken[0] == '.' ? broken : ": " + broken);
  }
  return {};
}

std::string check_field(const Message& message, const FieldDescriptor& field) {
  const auto& options = field.options();
  const FieldRules* rules = options.HasExtension(validate::rules) ? &options.GetExtension(validate::rules) : nullptr;
  if (field.is_map()) return check_map(message, field, rules);
  if (field.is_repeated()) return check_list(message, field, rules);
  const bool set = message.GetReflection()->HasField(message, &field);
  if (!set && field.real_containing_oneof()) return {};
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !set) return rules ? missing(*rules) : std::string();
  if (!set && field.has_presence()) return {};
  return check_value(field, value_of(message, field), rules);
}

// What is packed is checked too, if it is of a type that translation writes.
std::string check_any(const Message& message) {
  const auto& any = static_cast<const google::protobuf::Any&>(message);
  if (any.type_url().empty()) return {};
  const std::string name = any.type_url().substr(any.type_url().rfind('/') + 1);
  const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
  if (!type) return {};
  std::unique_ptr<Message> inner(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!inner->ParseFromString(any.value())) return "holds no " + name;
  return below(fmt::format("<{}>", type->name()), check_message(*inner));
}

// Envoy refuses what it cannot count in.
std::string check_duration(const Message& message) {
  const auto& duration = static_cast<const google::protobuf::Duration&>(message);
  const bool good =
      duration.seconds() >= 0 && duration.seconds() <= 315'576'000'000 && duration.nanos() >= 0 && duration.nanos() < 1'000'000'000;
  return good ? std::string() : fmt::format("a duration of {} s, {} ns", duration.seconds(), duration.nanos());
}

std::string check_oneofs(const Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
    const auto& oneof = *type.oneof_decl(i);
    if (oneof.options().GetExtension(validate::required) && !message.GetReflection()->HasOneof(message, &oneof))
      return fmt::format(".{}: is required", oneof.name());
  }
  return {};
}

std::string check_message(const Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  if (type.full_name() == "google.protobuf.Any") return check_any(message);
  if (type.full_name() == "google.protobuf.Duration") return check_duration(message);
  if (type.file()->package() == "google.protobuf" || type.options().GetExtension(validate::disabled)) return {};
  if (std::string broken = check_oneofs(message); !broken.empty()) return broken;
  for (int i = 0; i < type.field_count(); ++i)
    if (std::string broken = below(type.field(i)->name(), check_field(message, *type.field(i))); !broken.empty()) return broken;
  return {};
}

}  // namespace

std::string broken_constraint(const Message& message) { return check_message(message); }

}  // namespace amime::test
