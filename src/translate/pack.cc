#include "translate/pack.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace amime::translate {

void pack(const google::protobuf::Message& message, google::protobuf::Any* out) {
  out->set_type_url("type.googleapis.com/" + message.GetDescriptor()->full_name());
  out->clear_value();
  google::protobuf::io::StringOutputStream stream(out->mutable_value());
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
}

}  // namespace amime::translate
