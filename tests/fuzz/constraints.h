// What Envoy's API says of its own fields (protoc-gen-validate's rules, which the descriptors carry): Envoy refuses a resource
// that breaks one. Read by reflection, inside of Anys too.
#pragma once

#include <string>

namespace google::protobuf {
class Message;
}

namespace amime::test {

// The first rule that is broken, with the way to its field; empty: none.
std::string broken_constraint(const google::protobuf::Message& message);

}  // namespace amime::test
