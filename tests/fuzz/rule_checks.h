// One rule of protoc-gen-validate against one value. Private to constraints.cc.
#pragma once

#include <cstdint>
#include <string>

namespace google::protobuf {
class FieldDescriptor;
class Message;
}  // namespace google::protobuf
namespace validate {
class FieldRules;
}

namespace amime::test {

// A value of any type: numbers as double and as integer, an enum as its number.
struct Value {
  const google::protobuf::Message* message = nullptr;
  std::string text;
  double number = 0;
  std::int64_t integer = 0;
};
// `index` of a list; -1: the field is none.
Value value_of(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, int index = -1);
std::string text_of(const Value& value);  // equal for equal values

// What is wrong; empty: nothing is.
std::string broken_rule(const validate::FieldRules& rules, const google::protobuf::FieldDescriptor& field, const Value& value);
std::string broken_size(const validate::FieldRules& rules, int size);  // of a list
std::string missing(const validate::FieldRules& rules);                // of a message that is not there

}  // namespace amime::test
