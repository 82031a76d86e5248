#include "translate/string_match.h"

#include <string>

#include "envoy/config/route/v3/route_components.pb.h"
#include "envoy/type/matcher/v3/string.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::translate {

using istio::networking::v1alpha3::StringMatch;

bool is_presence(const StringMatch& match) {
  switch (match.match_type_case()) {
    case StringMatch::kExact: return false;
    case StringMatch::kPrefix: return match.prefix().empty();  // Envoy knows no empty prefix
    case StringMatch::kRegex: return match.regex() == "*" || match.regex().empty();
    case StringMatch::MATCH_TYPE_NOT_SET: return true;
  }
  return true;
}

void set_string_match(const StringMatch& match, envoy::type::matcher::v3::StringMatcher* out) {
  switch (match.match_type_case()) {
    case StringMatch::kExact: out->set_exact(match.exact()); break;
    case StringMatch::kPrefix: out->set_prefix(match.prefix()); break;
    case StringMatch::kRegex: out->mutable_safe_regex()->set_regex(match.regex()); break;
    case StringMatch::MATCH_TYPE_NOT_SET: break;
  }
}

void set_header_match(std::string_view name, const StringMatch& match, envoy::config::route::v3::HeaderMatcher* out) {
  out->set_name(std::string(name));
  if (is_presence(match)) {
    out->set_present_match(true);
  } else {
    set_string_match(match, out->mutable_string_match());
  }
}

void set_without_header(std::string_view name, const StringMatch& match, envoy::config::route::v3::HeaderMatcher* out) {
  set_header_match(name, match, out);
  out->set_invert_match(true);
  // An absent header differs from any value; where only presence is asked, Envoy's inversion says so already.
  if (!is_presence(match)) out->set_treat_missing_header_as_empty(true);
}

void set_query_match(std::string_view name, const StringMatch& match, envoy::config::route::v3::QueryParameterMatcher* out) {
  out->set_name(std::string(name));
  if (is_presence(match)) {
    out->set_present_match(true);
  } else {
    set_string_match(match, out->mutable_string_match());
  }
}

}  // namespace amime::translate
