#include "translate/telemetry/log_format.h"

#include <google/protobuf/util/json_util.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "envoy/config/core/v3/substitution_format_string.pb.h"
#include "envoy/extensions/formatter/req_without_query/v3/req_without_query.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/pack.h"

namespace amime::translate {
namespace {

using envoy::config::core::v3::SubstitutionFormatString;
using google::protobuf::Struct;
using istio::mesh::v1alpha1::MeshConfig;

// Istio's default fields, in the order of its text format.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kFields{{
    {"start_time", "%START_TIME%"},
    {"method", "%REQ(:METHOD)%"},
    {"path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"},
    {"protocol", "%PROTOCOL%"},
    {"response_code", "%RESPONSE_CODE%"},
    {"response_flags", "%RESPONSE_FLAGS%"},
    {"response_code_details", "%RESPONSE_CODE_DETAILS%"},
    {"connection_termination_details", "%CONNECTION_TERMINATION_DETAILS%"},
    {"upstream_transport_failure_reason", "%UPSTREAM_TRANSPORT_FAILURE_REASON%"},
    {"bytes_received", "%BYTES_RECEIVED%"},
    {"bytes_sent", "%BYTES_SENT%"},
    {"duration", "%DURATION%"},
    {"upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"},
    {"x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"},
    {"user_agent", "%REQ(USER-AGENT)%"},
    {"request_id", "%REQ(X-REQUEST-ID)%"},
    {"authority", "%REQ(:AUTHORITY)%"},
    {"upstream_host", "%UPSTREAM_HOST%"},
    {"upstream_cluster", "%UPSTREAM_CLUSTER_RAW%"},
    {"upstream_local_address", "%UPSTREAM_LOCAL_ADDRESS%"},
    {"downstream_local_address", "%DOWNSTREAM_LOCAL_ADDRESS%"},
    {"downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%"},
    {"requested_server_name", "%REQUESTED_SERVER_NAME%"},
    {"route_name", "%ROUTE_NAME%"},
}};

bool in(std::string_view field, std::initializer_list<std::string_view> set) {
  for (const auto one : set)
    if (one == field) return true;
  return false;
}

// Method, path and protocol are one quoted word; failure reasons and what the request says of itself are quoted.
std::string default_text() {
  std::string out;
  for (const auto& [name, operator_] : kFields) {
    if (!out.empty()) out += ' ';
    if (name == "start_time") {
      out.append("[").append(operator_).append("]");
    } else if (name == "method") {
      out.append("\"").append(operator_);
    } else if (name == "protocol") {
      out.append(operator_).append("\"");
    } else if (in(name,
                  {"upstream_transport_failure_reason", "x_forwarded_for", "user_agent", "request_id", "authority", "upstream_host"})) {
      out.append("\"").append(operator_).append("\"");
    } else {
      out.append(operator_);
    }
  }
  return out + "\n";
}

Struct default_fields() {
  Struct fields;
  for (const auto& [name, operator_] : kFields) (*fields.mutable_fields())[std::string(name)].set_string_value(std::string(operator_));
  return fields;
}

bool mentions(const Struct& fields, std::string_view text);
bool mentions(const google::protobuf::Value& value, std::string_view text) {
  if (value.has_struct_value()) return mentions(value.struct_value(), text);
  return value.string_value().find(text) != std::string::npos;
}
bool mentions(const Struct& fields, std::string_view text) {
  for (const auto& [name, value] : fields.fields())
    if (mentions(value, text)) return true;
  return false;
}

constexpr std::string_view kWithoutQuery = "%REQ_WITHOUT_QUERY";

}  // namespace

std::string default_log_text() { return default_text(); }

void add_formatters(std::string_view text, const Struct& fields, Formatters* out) {
  if (text.find(kWithoutQuery) == std::string_view::npos && !mentions(fields, kWithoutQuery)) return;
  auto* formatter = out->Add();
  formatter->set_name("envoy.formatter.req_without_query");
  pack(envoy::extensions::formatter::req_without_query::v3::ReqWithoutQuery(), formatter->mutable_typed_config());
}

void set_text_format(std::string text, SubstitutionFormatString* format) {
  if (text.empty()) text = default_text();
  if (text.back() != '\n') text += '\n';
  add_formatters(text, {}, format->mutable_formatters());
  format->mutable_text_format_source()->set_inline_string(std::move(text));
}

void set_json_format(const Struct& fields, SubstitutionFormatString* format) {
  *format->mutable_json_format() = fields.fields().empty() ? default_fields() : fields;
  add_formatters("", format->json_format(), format->mutable_formatters());
}

void set_mesh_format(const MeshConfig& mesh_config, SubstitutionFormatString* format) {
  if (mesh_config.access_log_encoding() != MeshConfig::JSON) return set_text_format(mesh_config.access_log_format(), format);
  Struct fields;
  if (!google::protobuf::util::JsonStringToMessage(mesh_config.access_log_format(), &fields).ok()) fields.Clear();
  set_json_format(fields, format);
}

}  // namespace amime::translate
