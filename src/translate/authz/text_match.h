// AuthorizationPolicy's way of writing values (VALUE, PREFIX*, *SUFFIX, *) in Envoy's matchers. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace envoy::config::route::v3 {
class HeaderMatcher;
}
namespace envoy::type::matcher::v3 {
class MetadataMatcher;
class StringMatcher;
class ValueMatcher;
}  // namespace envoy::type::matcher::v3

namespace amime::translate {

enum class Case : bool { kCounts, kIgnored };

// "*" is any value but the empty one. `prefix` stands before whatever is written ("spiffe://").
void match_text(std::string_view value, envoy::type::matcher::v3::StringMatcher* out, std::string_view prefix = {});
void match_header(std::string_view name, std::string_view value, Case letters, envoy::config::route::v3::HeaderMatcher* out);
// One of several.
void match_any_text(const std::vector<std::string>& values, envoy::type::matcher::v3::ValueMatcher* out);

// A claim of a verified token, "[group][id]" as its path; the value itself, or one of a list. `values`: one of them.
void match_claim(const std::vector<std::string>& path, const std::vector<std::string>& values,
                 envoy::type::matcher::v3::MetadataMatcher* out);
// Where tokens' claims stand in dynamic metadata: jwt_authn's, below "payload".
void set_claim_path(const std::vector<std::string>& path, envoy::type::matcher::v3::MetadataMatcher* out);

// "[a]" -> {a}; "[a][b]" -> {a, b}. Empty: of another form.
std::vector<std::string> names_in_brackets(std::string_view text);

}  // namespace amime::translate
