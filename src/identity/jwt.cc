#include "identity/jwt.h"

#include <algorithm>
#include <charconv>

#include "base/tree.h"

namespace amime::identity {
namespace {

constexpr auto kClockSkew = std::chrono::minutes(1);

absl::Status untrusted(std::string_view why) { return absl::UnauthenticatedError(std::string(why)); }

// A part of a token: base64url of one JSON object. A key that stands twice makes it none: readers would differ about it.
std::optional<base::Tree> read_part(std::string_view part) {
  std::string json;
  if (!decode_base64url(part, &json)) return std::nullopt;
  const auto documents = base::parse_json(json, {.bytes = kLongestToken, .nodes = 2000, .depth = 10});
  if (documents.size() != 1 || !documents.front().errors.empty() || documents.front().tree.type() != base::Tree::Type::kMap)
    return std::nullopt;
  return documents.front().tree;
}

// NumericDate: seconds, perhaps with a fraction. nullopt: no number.
std::optional<Time> time_claim(const base::Tree& claim) {
  if (!claim.is_scalar() || claim.quoted()) return std::nullopt;
  const std::string& text = claim.text();
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !(seconds >= 0 && seconds < 1e11)) return std::nullopt;
  return std::chrono::system_clock::from_time_t(static_cast<std::time_t>(seconds));
}

bool is_for(const base::Tree& audience, const std::vector<std::string>& wanted) {
  const auto matches = [&](const base::Tree& one) { return std::find(wanted.begin(), wanted.end(), one.text()) != wanted.end(); };
  if (audience.is_scalar()) return matches(audience);
  const auto all = audience.items();
  return std::any_of(all.begin(), all.end(), matches);
}

absl::Status check_claims(const base::Tree& claims, const JwtRules& rules, Time now) {
  if (claims["iss"].text() != rules.issuer) return untrusted("the token is of another issuer");
  if (!is_for(claims["aud"], rules.audiences)) return untrusted("the token is for another audience");
  const auto expires = time_claim(claims["exp"]);
  if (!expires) return untrusted("the token does not say when it expires");
  if (*expires + kClockSkew <= now) return untrusted("the token has expired");
  if (const auto* claim = claims.find("nbf")) {
    const auto begins = time_claim(*claim);
    if (!begins || *begins - kClockSkew > now) return untrusted("the token is not valid yet");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> subject_of_token(std::string_view token, const KeySet& keys, const JwtRules& rules, Time now) {
  if (token.size() > kLongestToken) return untrusted("the token is too long");
  const auto first = token.find('.'), last = token.rfind('.');
  if (first == std::string_view::npos || first == last) return untrusted("not a signed token");
  const auto header = read_part(token.substr(0, first));
  const auto claims = read_part(token.substr(first + 1, last - first - 1));
  std::string signature;
  if (!header || !claims || !decode_base64url(token.substr(last + 1), &signature)) return untrusted("not a signed token");
  if (header->find("crit") != nullptr) return untrusted("the token asks for extensions that are not known here");  // RFC 7515, 4.1.11
  if (auto status = keys.verify((*header)["alg"].text(), (*header)["kid"].text(), token.substr(0, last), signature); !status.ok())
    return status;
  if (auto status = check_claims(*claims, rules, now); !status.ok()) return status;
  const std::string& subject = (*claims)["sub"].text();
  if (subject.empty()) return untrusted("the token names nobody");
  return subject;
}

std::optional<Identity> identity_of_subject(std::string_view subject, std::string_view trust_domain) {
  constexpr std::string_view kServiceAccount = "system:serviceaccount:";
  if (subject.substr(0, kServiceAccount.size()) != kServiceAccount) return std::nullopt;
  const auto rest = subject.substr(kServiceAccount.size());
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Identity out{std::string(trust_domain), std::string(rest.substr(0, colon)), std::string(rest.substr(colon + 1))};
  return is_valid(out) ? std::optional(out) : std::nullopt;
}

}  // namespace amime::identity
