#include "translate/patch/merge.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <vector>

#include "mesh/envoy_json.h"
#include "translate/pack.h"

namespace amime::translate {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool is_duration(const FieldDescriptor& field) { return field.message_type()->full_name() == "google.protobuf.Duration"; }

// Takes out of `to` what merging would add to and what the patch means to replace.
void make_room(const Message& patch, bool replace_lists, Message* to) {
  std::vector<const FieldDescriptor*> fields;
  patch.GetReflection()->ListFields(patch, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated()) {
      if (replace_lists && !field->is_map()) to->GetReflection()->ClearField(to, field);
      continue;
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || !to->GetReflection()->HasField(*to, field)) continue;
    if (is_duration(*field)) {
      to->GetReflection()->ClearField(to, field);
    } else {
      make_room(patch.GetReflection()->GetMessage(patch, field), replace_lists, to->GetReflection()->MutableMessage(to, field));
    }
  }
}

std::string_view packed_type_of(const google::protobuf::Any& any) {
  const std::string_view url = any.type_url();
  return url.substr(url.rfind('/') + 1);
}

}  // namespace

void merge(const Message& patch, bool replace_lists, Message* to) {
  make_room(patch, replace_lists, to);
  to->MergeFrom(patch);
}

bool merge_packed(const google::protobuf::Any& patch, google::protobuf::Any* to) {
  if (packed_type_of(patch) != packed_type_of(*to)) return false;
  const Message* prototype = mesh::envoy_prototype(packed_type_of(*to));
  if (!prototype) return false;
  const std::unique_ptr<Message> merged(prototype->New()), over(prototype->New());
  if (!merged->ParseFromString(to->value()) || !over->ParseFromString(patch.value())) return false;
  merge(*over, false, merged.get());
  pack(*merged, to);
  return true;
}

}  // namespace amime::translate
