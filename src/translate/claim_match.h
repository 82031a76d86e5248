// http.match.headers "@request.auth.claims.NAME": claims of a verified token, matched as Envoy's dynamic metadata.
// Pure functions; any thread.
#pragma once

#include <string_view>

namespace envoy::type::matcher::v3 {
class MetadataMatcher;
}
namespace istio::networking::v1alpha3 {
class StringMatch;
}

namespace amime::translate {

// "@request.auth.claims.group.id" or "@request.auth.claims[group][id]".
bool is_claim(std::string_view header_name);
void set_claim_match(std::string_view header_name, const istio::networking::v1alpha3::StringMatch& match,
                     envoy::type::matcher::v3::MetadataMatcher* out);

}  // namespace amime::translate
