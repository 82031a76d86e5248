// Packs messages of Envoy's API of which no C++ is generated, written as JSON. For what is rare; pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace google::protobuf {
class Any;
class Message;
}  // namespace google::protobuf

namespace amime::translate {

// `type`: a full name, "envoy.extensions.filters.http.wasm.v3.Wasm"; `json`: as Envoy's documentation has it. Aborts if it is no
// such message: both are ours. The bytes are the same for equal values.
void pack_json(std::string_view type, const std::string& json, google::protobuf::Any* out);

// What of a message of the generated API such JSON may hold.
std::string to_json(const google::protobuf::Message& message);

}  // namespace amime::translate
