#include "translate/patch/named.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <vector>

#include "mesh/envoy_json.h"
#include "translate/type_urls.h"

namespace amime::translate {
namespace {

using google::protobuf::Any;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kDeepest = 64;  // users write these

// Envoy's API calls a cluster so wherever one is named; weighted clusters have it as their own name.
bool is_reference(const FieldDescriptor& field) {
  const std::string& name = field.name();
  if (name == "cluster" || name == "cluster_name" || name == "route_config_name") return true;
  return name == "name" && field.containing_type()->name() == "ClusterWeight";
}

class Search {
 public:
  void look_into(const Message& message, int depth) {
    if (depth > kDeepest) return;
    // By name: what was unpacked before is of another pool of types, and so is what is packed in it.
    if (message.GetDescriptor()->full_name() == Any::descriptor()->full_name()) return unpack(message, depth);
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const auto* field : fields) look_at(message, *field, depth);
  }
  std::set<std::string> names;

 private:
  void look_at(const Message& message, const FieldDescriptor& field, int depth) {
    const auto& reflection = *message.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field.is_repeated()) return look_into(reflection.GetMessage(message, &field), depth + 1);
      for (int i = 0; i < reflection.FieldSize(message, &field); ++i)
        look_into(reflection.GetRepeatedMessage(message, &field, i), depth + 1);
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field.is_repeated() && is_reference(field)) {
      names.insert(reflection.GetString(message, &field));
    }
  }

  void unpack(const Message& packed, int depth) {
    Any any;
    if (!any.ParseFromString(packed.SerializeAsString())) return;
    const Message* prototype = mesh::envoy_prototype(type_of(any.type_url()));
    if (prototype == nullptr) return;
    const std::unique_ptr<Message> inside(prototype->New());
    if (inside->ParseFromString(any.value())) look_into(*inside, depth + 1);
  }
};

}  // namespace

std::set<std::string> named_in(const Message& message) {
  Search search;
  search.look_into(message, 0);
  search.names.erase("");
  return std::move(search.names);
}

}  // namespace amime::translate
