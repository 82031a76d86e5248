// Envoy's API by name: what users write of it as YAML (EnvoyFilter's patch.value), as messages.
//
// All of Envoy's v3 API is known here, also extensions of which nothing else in Amime speaks. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace google::protobuf {
class Message;
class Struct;
}  // namespace google::protobuf

namespace amime::mesh {

struct EnvoyValue {
  std::string bytes;    // the encoded message
  std::string error;    // why there is none; empty: there is one
  std::string unknown;  // about a field that Envoy's API does not have and that was left out; empty: there is none
};

// `type`: a full name, "envoy.config.cluster.v3.Cluster". What is packed in an Any is looked into as well. Fields that are
// not known are left out, as Istio does: the user may mean another version of Envoy.
EnvoyValue read_envoy(std::string_view type, const google::protobuf::Struct& value);

// A message of Envoy's API as JSON, its fields named as Envoy's documentation names them. Empty: something is packed in it that
// is not Envoy's.
std::string write_envoy(const google::protobuf::Message& message, bool indented = false);

// The type of an EnvoyFilter's patch.value, by its applyTo (EnvoyFilter.ApplyTo); empty: there is none.
std::string_view patched_type(int apply_to);

// An empty message of a type of Envoy's API, alive as long as the process; null: there is no such type.
const google::protobuf::Message* envoy_prototype(std::string_view type);

}  // namespace amime::mesh
