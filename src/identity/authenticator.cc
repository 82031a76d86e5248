#include "identity/authenticator.h"

#include <fmt/format.h>

#include "base/log.h"

namespace amime::identity {
namespace {

constexpr std::string_view kBearer = "Bearer ", kBearerInSmall = "bearer ";

std::string_view bearer_of(const Secret& authorization) {
  const auto text = authorization.reveal();
  const bool is_one = text.substr(0, kBearer.size()) == kBearer || text.substr(0, kBearer.size()) == kBearerInSmall;
  return is_one ? text.substr(kBearer.size()) : std::string_view();
}

// Of the mesh's own trust domain: roots that are plugged in may have signed for others as well.
absl::StatusOr<Identity> identity_in(const std::vector<std::string>& uris, const std::string& trust_domain) {
  if (uris.size() != 1) return absl::UnauthenticatedError(fmt::format("the client's certificate has {} URI names, not one", uris.size()));
  auto identity = parse_spiffe(uris.front());
  if (!identity) return absl::UnauthenticatedError("the client's certificate names no workload");
  if (identity->trust_domain != trust_domain) return absl::UnauthenticatedError("the client's certificate is of another trust domain");
  return *std::move(identity);
}

}  // namespace

absl::StatusOr<Identity> Authenticator::by_certificate(const Caller& caller) const {
  const auto lists = options_.revoked ? options_.revoked->get() : nullptr;
  if (lists && lists->revokes(caller.certificates)) return absl::UnauthenticatedError("the client's certificate is revoked");
  return identity_in(caller.uris, options_.trust_domain);
}

absl::StatusOr<Identity> Authenticator::by_bearer(std::string_view bearer, Time now) const {
  absl::Status last = absl::UnauthenticatedError("no issuer of tokens is configured");
  for (const auto& issuer : options_.issuers) {
    const auto keys = issuer.keys->get();
    if (keys == nullptr) {
      last = absl::UnauthenticatedError("the keys of a token issuer are not fetched yet");
      continue;
    }
    const auto subject = subject_of_token(bearer, *keys, issuer.rules, now);
    if (!subject.ok()) {
      last = subject.status();
      continue;
    }
    if (auto identity = identity_of_subject(*subject, options_.trust_domain)) return *std::move(identity);
    last = absl::UnauthenticatedError("the token's subject is no service account");
  }
  return last;
}

absl::StatusOr<Identity> Authenticator::of_page(const Secret& authorization, Time now) const {
  const auto bearer = bearer_of(authorization);
  if (bearer.empty() || JoinTokens::is_one(bearer)) return absl::UnauthenticatedError("no bearer token of an issuer");
  return by_bearer(bearer, now);
}

absl::StatusOr<Identity> Authenticator::by_join_token(std::string_view token, const Caller& caller, Time now, Tokens tokens) const {
  if (tokens == Tokens::kNone || options_.tokens_dir.empty())
    return absl::UnauthenticatedError("join tokens are taken for certificates only");
  auto entry = tokens == Tokens::kUse ? tokens_.use(token, now) : tokens_.look(token, now);
  if (!entry.ok()) return entry.status();
  if (tokens == Tokens::kUse)
    base::log_info("identity", "join token {} used up by {} for {}", entry->id, caller.address, to_string(entry->workload));
  return Identity{options_.trust_domain, std::move(entry->workload.ns), std::move(entry->workload.service_account)};
}

absl::StatusOr<Identity> Authenticator::prove(const Caller& caller, Time now, Tokens tokens) const {
  // Whoever listens to plaintext could be this caller the next time.
  if (!caller.encrypted) return absl::UnauthenticatedError("the connection is not encrypted");
  std::string why;
  if (!caller.uris.empty()) {
    auto identity = by_certificate(caller);
    if (identity.ok()) return identity;
    why = std::string(identity.status().message()) + "; ";
  }
  const auto bearer = bearer_of(caller.authorization);
  if (bearer.empty()) return absl::UnauthenticatedError(why + "no client certificate and no bearer token");
  auto identity = JoinTokens::is_one(bearer) ? by_join_token(bearer, caller, now, tokens) : by_bearer(bearer, now);
  return identity.ok() ? identity : absl::UnauthenticatedError(why + std::string(identity.status().message()));
}

}  // namespace amime::identity
