#include "translate/authz/permission.h"

#include <string_view>

#include "envoy/config/rbac/v3/rbac.pb.h"
#include "envoy/extensions/path/match/uri_template/v3/uri_template_match.pb.h"
#include "translate/authz/text_match.h"
#include "translate/pack.h"
#include "translate/socket_address.h"

namespace amime::translate {
namespace {

using envoy::config::rbac::v3::Permission;

constexpr std::string_view kFilters = "experimental.";

// "{*}" and "{**}" are Envoy's "*" and "**".
std::string path_template(std::string_view path) {
  std::string out;
  for (const char c : path)
    if (c != '{' && c != '}') out += c;
  return out;
}

void match_path(const std::string& value, Permission* out) {
  if (value.find("{*}") == std::string::npos && value.find("{**}") == std::string::npos)
    return match_text(value, out->mutable_url_path()->mutable_path());
  envoy::extensions::path::match::uri_template::v3::UriTemplateMatchConfig config;
  config.set_path_template(path_template(value));
  out->mutable_uri_template()->set_name("uri-template");
  pack(config, out->mutable_uri_template()->mutable_typed_config());
}

// experimental.FILTER[KEY]: dynamic metadata; "[VALUE]" is one of a list.
void match_filter_metadata(std::string_view attribute, std::string_view value, Permission* out) {
  const auto open = attribute.find('[');
  auto* metadata = out->mutable_metadata();
  metadata->set_filter(std::string(attribute.substr(kFilters.size(), open - kFilters.size())));
  metadata->add_path()->set_key(std::string(attribute.substr(open + 1, attribute.size() - open - 2)));
  if (value.starts_with('[') && value.ends_with(']'))
    match_text(value.substr(1, value.size() - 2),
               metadata->mutable_value()->mutable_list_match()->mutable_one_of()->mutable_string_match());
  else
    match_text(value, metadata->mutable_value()->mutable_string_match());
}

void fill_value(const std::string& attribute, const std::string& value, Permission* out) {
  if (attribute == kHostAttribute)
    match_header(":authority", value, Case::kIgnored, out->mutable_header());
  else if (attribute == kMethodAttribute)
    match_header(":method", value, Case::kCounts, out->mutable_header());
  else if (attribute == kPathAttribute)
    match_path(value, out);
  else if (attribute == "destination.port")
    out->set_destination_port(static_cast<std::uint32_t>(std::stoul(value)));
  else if (attribute == "destination.ip")
    set_cidr(value, out->mutable_destination_ip());
  else if (attribute == "connection.sni")
    match_text(value, out->mutable_requested_server_name());
  else
    match_filter_metadata(attribute, value, out);
}

}  // namespace

void fill_permission(const Term& term, Permission* out) {
  auto* both = out->mutable_and_rules();
  if (!term.values.empty()) {
    auto* one_of = both->add_rules()->mutable_or_rules();
    for (const auto& value : term.values) fill_value(term.attribute, value, one_of->add_rules());
  }
  if (!term.not_values.empty()) {
    auto* none_of = both->add_rules()->mutable_not_rule()->mutable_or_rules();
    for (const auto& value : term.not_values) fill_value(term.attribute, value, none_of->add_rules());
  }
}

}  // namespace amime::translate
