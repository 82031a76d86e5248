#include "fuzz/settle.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>

#include "envoy/config/core/v3/base.pb.h"
#include "envoy/extensions/access_loggers/file/v3/file.pb.h"

namespace amime::test {
namespace {

using envoy::config::core::v3::DataSource;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class Settler {
 public:
  Settler(const std::string& certificate, const std::string& key) : certificate_(certificate), key_(key) {}

  void message(Message& m) {
    if (m.GetDescriptor() == google::protobuf::Any::descriptor()) return any(static_cast<google::protobuf::Any&>(m));
    if (m.GetDescriptor() == envoy::extensions::access_loggers::file::v3::FileAccessLog::descriptor())
      static_cast<envoy::extensions::access_loggers::file::v3::FileAccessLog&>(m).set_path("/dev/null");
    std::vector<const FieldDescriptor*> fields;
    m.GetReflection()->ListFields(m, &fields);
    for (const FieldDescriptor* field : fields)
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) inside(m, *field);
  }

 private:
  void inside(Message& m, const FieldDescriptor& field) {
    if (field.message_type() == DataSource::descriptor() && !field.is_repeated()) return file(m, field);
    const auto& reflection = *m.GetReflection();
    if (!field.is_repeated()) return message(*reflection.MutableMessage(&m, &field));
    for (int i = 0; i < reflection.FieldSize(m, &field); ++i) message(*reflection.MutableRepeatedMessage(&m, &field, i));
  }

  void file(Message& m, const FieldDescriptor& field) {
    auto& source = static_cast<DataSource&>(*m.GetReflection()->MutableMessage(&m, &field));
    if (source.specifier_case() != DataSource::kFilename) return;
    if (field.name() == "crl") return m.GetReflection()->ClearField(&m, &field);
    source.set_filename(field.name() == "private_key" ? key_ : certificate_);
  }

  void any(google::protobuf::Any& packed) {
    const std::string name = packed.type_url().substr(packed.type_url().rfind('/') + 1);
    const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
    if (!type) return;
    std::unique_ptr<Message> inner(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    if (!packed.UnpackTo(inner.get())) return;
    message(*inner);
    packed.set_value(inner->SerializeAsString());
  }

  const std::string& certificate_;
  const std::string& key_;
};

}  // namespace

void settle_files(Message& message, const std::string& certificate, const std::string& key) { Settler(certificate, key).message(message); }

}  // namespace amime::test
