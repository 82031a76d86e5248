// StringMatch (exact, prefix, regex) of Istio's API in Envoy's matchers. Pure functions; any thread.
#pragma once

#include <string_view>

namespace envoy::config::route::v3 {
class HeaderMatcher;
class QueryParameterMatcher;
}  // namespace envoy::config::route::v3
namespace envoy::type::matcher::v3 {
class StringMatcher;
}
namespace istio::networking::v1alpha3 {
class StringMatch;
}

namespace amime::translate {

// Whether the match asks only that there be a value: an empty one, or the regex "*" (which is no RE2, but users' idiom).
bool is_presence(const istio::networking::v1alpha3::StringMatch& match);

void set_string_match(const istio::networking::v1alpha3::StringMatch& match, envoy::type::matcher::v3::StringMatcher* out);
void set_header_match(std::string_view name, const istio::networking::v1alpha3::StringMatch& match,
                      envoy::config::route::v3::HeaderMatcher* out);
// withoutHeaders: the header is absent or has another value.
void set_without_header(std::string_view name, const istio::networking::v1alpha3::StringMatch& match,
                        envoy::config::route::v3::HeaderMatcher* out);
void set_query_match(std::string_view name, const istio::networking::v1alpha3::StringMatch& match,
                     envoy::config::route::v3::QueryParameterMatcher* out);

}  // namespace amime::translate
