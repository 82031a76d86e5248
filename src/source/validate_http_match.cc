// VirtualService.http[].match.
#include <fmt/format.h>

#include <set>

#include "networking/v1alpha3/virtual_service.pb.h"
#include "source/checks.h"
#include "source/validators.h"

namespace amime::source {
namespace {

// "@request.auth.claims.x" and "@request.auth.claims[x]": routing by a token's claim.
bool is_claim(std::string_view name) { return name.starts_with("@request.auth.claims.") || name.starts_with("@request.auth.claims["); }

void check_matched_header(const std::string& name, bool to_gateway, const Path& at, Errors& errors) {
  static const std::set<std::string> kPseudo = {":method", ":scheme", ":authority", ":path", ":status"};
  if (is_claim(name)) {
    if (!to_gateway) errors.add(at, "routing by the claims of a token is for gateways only");
    return;
  }
  if (!kPseudo.contains(name) && !is_header_name(name)) errors.add(at, fmt::format("\"{}\" is not a header's name", name));
}

// "*" is no regular expression, but stands for "is there at all".
void check_value(const networking::StringMatch& match, const Path& at, Errors& errors) {
  if (match.regex() == "*") return errors.warn(at / "regex", "\"*\" asks for presence only; an empty match says so");
  check_match(match, false, at, errors);
}

void check_match_texts(const networking::HTTPMatchRequest& match, const Path& at, Errors& errors) {
  check_match(match.uri(), true, at / "uri", errors);
  check_match(match.scheme(), false, at / "scheme", errors);
  check_match(match.method(), false, at / "method", errors);
  check_match(match.authority(), false, at / "authority", errors);
  for (const auto& [name, value] : match.query_params()) check_value(value, (at / "queryParams").key(name), errors);
}

void check_one(const networking::HTTPMatchRequest& match, bool to_gateway, const Path& at, Errors& errors) {
  check_match_texts(match, at, errors);
  for (const auto& [name, value] : match.headers()) {
    const Path here = (at / "headers").key(name);
    check_matched_header(name, to_gateway, here, errors);
    check_value(value, here, errors);
  }
  for (const auto& [name, value] : match.without_headers()) {
    const Path here = (at / "withoutHeaders").key(name);
    check_matched_header(name, to_gateway, here, errors);
    if (value.regex() != "*") check_match(value, false, here, errors);
  }
  if (match.port()) check_port(match.port(), at / "port", errors);
  check_labels(map_of(match.source_labels()), at / "sourceLabels", errors);
  check_gateway_names(list_of(match.gateways()), at / "gateways", errors);
  if (!match.source_namespace().empty()) check_label(match.source_namespace(), "namespace", at / "sourceNamespace", errors);
}

}  // namespace

void check_http_matches(const networking::HTTPRoute& route, bool to_gateway, const Path& at, Errors& errors) {
  for (int i = 0; i < route.match_size(); ++i) check_one(route.match(i), to_gateway, at / i, errors);
}

}  // namespace amime::source
