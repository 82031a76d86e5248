#include "translate/authz/text_match.h"

#include <re2/re2.h>

#include "envoy/config/route/v3/route_components.pb.h"
#include "envoy/type/matcher/v3/metadata.pb.h"
#include "envoy/type/matcher/v3/string.pb.h"
#include "envoy/type/matcher/v3/value.pb.h"

namespace amime::translate {
namespace {

using envoy::type::matcher::v3::StringMatcher;

constexpr std::string_view kAnyValue = "*";

}  // namespace

void match_text(std::string_view value, StringMatcher* out, std::string_view prefix) {
  if (value == kAnyValue) {
    out->mutable_safe_regex()->set_regex(".+");
  } else if (value.starts_with('*') && prefix.empty()) {
    out->set_suffix(std::string(value.substr(1)));
  } else if (value.starts_with('*')) {
    out->mutable_safe_regex()->set_regex(std::string(prefix) + ".*" + RE2::QuoteMeta(std::string(value.substr(1))));
  } else if (value.ends_with('*')) {
    out->set_prefix(std::string(prefix) + std::string(value.substr(0, value.size() - 1)));
  } else {
    out->set_exact(std::string(prefix) + std::string(value));
  }
}

void match_header(std::string_view name, std::string_view value, Case letters, envoy::config::route::v3::HeaderMatcher* out) {
  out->set_name(std::string(name));
  if (value == kAnyValue) return out->set_present_match(true);
  match_text(value, out->mutable_string_match());
  out->mutable_string_match()->set_ignore_case(letters == Case::kIgnored);
}

void match_any_text(const std::vector<std::string>& values, envoy::type::matcher::v3::ValueMatcher* out) {
  if (values.size() == 1) return match_text(values.front(), out->mutable_string_match());
  for (const auto& value : values) match_text(value, out->mutable_or_match()->add_value_matchers()->mutable_string_match());
}

void set_claim_path(const std::vector<std::string>& path, envoy::type::matcher::v3::MetadataMatcher* out) {
  out->set_filter("envoy.filters.http.jwt_authn");
  out->add_path()->set_key("payload");
  for (const auto& key : path) out->add_path()->set_key(key);
}

void match_claim(const std::vector<std::string>& path, const std::vector<std::string>& values,
                 envoy::type::matcher::v3::MetadataMatcher* out) {
  set_claim_path(path, out);
  auto* either = out->mutable_value()->mutable_or_match();
  match_any_text(values, either->add_value_matchers()->mutable_list_match()->mutable_one_of());
  match_any_text(values, either->add_value_matchers());
}

std::vector<std::string> names_in_brackets(std::string_view text) {
  std::vector<std::string> out;
  if (!text.starts_with('[') || !text.ends_with(']')) return out;
  const std::string_view whole = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const auto close = text.find(']');
    if (!text.starts_with('[') || close == std::string_view::npos || text.substr(1, close).find('[') != std::string_view::npos)
      return {std::string(whole)};  // a claim with brackets in its name
    out.emplace_back(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace amime::translate
