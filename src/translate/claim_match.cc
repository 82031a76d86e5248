#include "translate/claim_match.h"

#include <string>
#include <vector>

#include "envoy/type/matcher/v3/metadata.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/authz/text_match.h"
#include "translate/string_match.h"

namespace amime::translate {
namespace {

constexpr std::string_view kClaims = "@request.auth.claims";

std::vector<std::string> claim_path(std::string_view rest) {
  std::vector<std::string> path;
  const bool brackets = rest.starts_with('[');
  while (!rest.empty()) {
    rest.remove_prefix(1);  // "." or "["
    const auto end = rest.find(brackets ? ']' : '.');
    path.emplace_back(rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(brackets ? end + 1 : end);
  }
  return path;
}

}  // namespace

bool is_claim(std::string_view header_name) {
  if (!header_name.starts_with(kClaims)) return false;
  const std::string_view rest = header_name.substr(kClaims.size());
  return rest.size() > 1 && (rest.front() == '.' || (rest.front() == '[' && rest.back() == ']'));
}

void set_claim_match(std::string_view header_name, const istio::networking::v1alpha3::StringMatch& match,
                     envoy::type::matcher::v3::MetadataMatcher* out) {
  set_claim_path(claim_path(header_name.substr(kClaims.size())), out);
  // A claim is a string or a list of strings.
  auto* either = out->mutable_value()->mutable_or_match();
  auto* single = either->add_value_matchers();
  auto* one_of = either->add_value_matchers()->mutable_list_match()->mutable_one_of();
  if (is_presence(match)) {
    single->set_present_match(true);
    one_of->set_present_match(true);
  } else {
    set_string_match(match, single->mutable_string_match());
    set_string_match(match, one_of->mutable_string_match());
  }
}

}  // namespace amime::translate
