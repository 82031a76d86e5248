#include "translate/envoy_any.h"

#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <memory>

#include "base/log.h"
#include "mesh/envoy_json.h"
#include "translate/pack.h"

namespace amime::translate {

void pack_json(std::string_view type, const std::string& json, google::protobuf::Any* out) {
  google::protobuf::Struct value;
  const auto* prototype = mesh::envoy_prototype(type);
  const bool read = prototype && google::protobuf::util::JsonStringToMessage(json, &value).ok();
  const auto made = read ? mesh::read_envoy(type, value) : mesh::EnvoyValue{{}, "no JSON, or no such type", {}};
  std::unique_ptr<google::protobuf::Message> message(prototype ? prototype->New() : nullptr);
  if (!made.error.empty() || !made.unknown.empty() || !message->ParseFromString(made.bytes)) {
    base::log_error("translate", "{}: {}{}", type, made.error, made.unknown);
    std::abort();
  }
  pack(*message, out);
}

std::string to_json(const google::protobuf::Message& message) { return mesh::write_envoy(message); }

}  // namespace amime::translate
