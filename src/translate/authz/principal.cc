#include "translate/authz/principal.h"

#include <re2/re2.h>

#include "envoy/config/rbac/v3/rbac.pb.h"
#include "translate/authz/text_match.h"
#include "translate/socket_address.h"

namespace amime::translate {
namespace {

using envoy::config::rbac::v3::Principal;
using envoy::type::matcher::v3::StringMatcher;

constexpr std::string_view kScheme = "spiffe://";
constexpr std::string_view kHeaders = "request.headers", kClaims = "request.auth.claims";

std::string quoted(std::string_view text) { return RE2::QuoteMeta(std::string(text)); }

// "*" stands for anything, wherever it is.
std::string glob(std::string_view text, std::string_view anything) {
  std::string out;
  for (auto star = text.find('*'); star != std::string_view::npos; star = text.find('*')) {
    out += quoted(text.substr(0, star)) + std::string(anything);
    text.remove_prefix(star + 1);
  }
  return out + quoted(text);
}

StringMatcher* peer(Principal* out) { return out->mutable_authenticated()->mutable_principal_name(); }

// ACCOUNT, of the policy's namespace, or NAMESPACE/ACCOUNT. Names between and after are other parts of an identity.
void match_account(std::string_view value, std::string_view policy_ns, Principal* out) {
  const auto slash = value.find('/');
  const std::string_view ns = slash == std::string_view::npos ? policy_ns : value.substr(0, slash);
  const std::string_view account = slash == std::string_view::npos ? value : value.substr(slash + 1);
  peer(out)->mutable_safe_regex()->set_regex("spiffe://.+/ns/" + quoted(ns) + "/(.+/|)sa/" + quoted(account) + "(/.+)?");
}

void match_trust_domain(std::string_view value, Principal* out) {
  if (value == "*") return peer(out)->set_prefix(std::string(kScheme));
  if (value.find('*') == std::string_view::npos) return peer(out)->set_prefix(std::string(kScheme) + std::string(value) + "/");
  peer(out)->mutable_safe_regex()->set_regex(std::string(kScheme) + glob(value, "[^/]*") + "/.*");
}

void match_one_claim(const std::string& claim, std::string_view value, Principal* out) {
  auto* metadata = out->mutable_metadata();
  set_claim_path({claim}, metadata);
  match_text(value, metadata->mutable_value()->mutable_string_match());
}

// ISSUER/SUBJECT with one wildcard, first or last. Issuers hold slashes, so the last one divides.
void match_request_principal(std::string_view value, Principal* out) {
  const auto slash = value.rfind('/');
  std::string_view issuer = value.substr(0, slash), subject = slash == std::string_view::npos ? "" : value.substr(slash + 1);
  if (slash == std::string_view::npos && value.starts_with('*')) issuer = "*", subject = value;
  if (slash == std::string_view::npos && value.ends_with('*') && value != "*") issuer = value, subject = "*";
  auto* both = out->mutable_and_ids();
  match_one_claim("iss", issuer, both->add_ids());
  match_one_claim("sub", subject, both->add_ids());
}

void fill_value(const std::string& attribute, const std::string& value, std::string_view policy_ns, Principal* out) {
  if (attribute == "source.principal") {
    match_text(value, peer(out), kScheme);
  } else if (attribute == "source.namespace") {
    peer(out)->mutable_safe_regex()->set_regex(".*/ns/" + glob(value, ".*") + "/.*");
  } else if (attribute == "source.serviceAccount") {
    match_account(value, policy_ns, out);
  } else if (attribute == "source.trustDomain") {
    match_trust_domain(value, out);
  } else if (attribute == "source.ip") {
    set_cidr(value, out->mutable_direct_remote_ip());
  } else if (attribute == "remote.ip") {
    set_cidr(value, out->mutable_remote_ip());
  } else if (attribute == "request.auth.principal") {
    match_request_principal(value, out);
  } else if (attribute.starts_with(kHeaders)) {
    const std::string name = attribute.substr(kHeaders.size() + 1, attribute.size() - kHeaders.size() - 2);
    match_header(name, value, Case::kCounts, out->mutable_header());
  }
}

// Claims are lists as often as texts: all values go into one matcher. Empty: the attribute is no claim.
std::vector<std::string> claim_path(const std::string& attribute) {
  if (attribute == "request.auth.audiences") return {"aud"};
  if (attribute == "request.auth.presenter") return {"azp"};
  if (attribute.starts_with(kClaims)) return names_in_brackets(std::string_view(attribute).substr(kClaims.size()));
  return {};
}

void fill_one_of(const std::string& attribute, const std::vector<std::string>& values, std::string_view policy_ns, Principal* out) {
  if (const auto claim = claim_path(attribute); !claim.empty()) return match_claim(claim, values, out->mutable_metadata());
  for (const auto& value : values) fill_value(attribute, value, policy_ns, out->mutable_or_ids()->add_ids());
}

}  // namespace

bool is_http_only(std::string_view attribute) {
  return attribute.starts_with("request.");  // all that a request has and a connection has not
}

void fill_principal(const Term& term, std::string_view policy_ns, Principal* out) {
  auto* both = out->mutable_and_ids();
  if (!term.values.empty()) fill_one_of(term.attribute, term.values, policy_ns, both->add_ids());
  if (!term.not_values.empty()) fill_one_of(term.attribute, term.not_values, policy_ns, both->add_ids()->mutable_not_id());
}

}  // namespace amime::translate
