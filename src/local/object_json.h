// Objects of Istio's kinds, and Services, as JSON, as their author might have written them. Any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "mesh/object.h"

namespace amime::local {

nlohmann::ordered_json message_json(const google::protobuf::Message& message);  // null: it cannot be written as JSON
// kind, apiVersion, metadata, spec (and a Service's status). Null: of another kind.
nlohmann::ordered_json object_json(const mesh::Object& object);

}  // namespace amime::local
