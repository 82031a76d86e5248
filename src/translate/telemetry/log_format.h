// What a line of an access log says: Istio's default fields, or the user's text or JSON with Envoy's command operators.
//
// Fields: MeshConfig.accessLogEncoding, accessLogFormat; extensionProviders[].envoyFileAccessLog.logFormat. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace google::protobuf {
template <typename T>
class RepeatedPtrField;
class Struct;
}  // namespace google::protobuf
namespace envoy::config::core::v3 {
class SubstitutionFormatString;
class TypedExtensionConfig;
}  // namespace envoy::config::core::v3
namespace istio::mesh::v1alpha1 {
class MeshConfig;
}

namespace amime::translate {

using Formatters = google::protobuf::RepeatedPtrField<envoy::config::core::v3::TypedExtensionConfig>;

std::string default_log_text();
// Empty: the default. A missing line end is added.
void set_text_format(std::string text, envoy::config::core::v3::SubstitutionFormatString* format);
void set_json_format(const google::protobuf::Struct& fields, envoy::config::core::v3::SubstitutionFormatString* format);
// As MeshConfig has it.
void set_mesh_format(const istio::mesh::v1alpha1::MeshConfig& mesh_config, envoy::config::core::v3::SubstitutionFormatString* format);
// Operators that Envoy knows only where their extension is named: %REQ_WITHOUT_QUERY(...)%.
void add_formatters(std::string_view text, const google::protobuf::Struct& fields, Formatters* out);

}  // namespace amime::translate
