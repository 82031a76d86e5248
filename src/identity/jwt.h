// JSON Web Tokens (RFC 7519) as proof of who calls: signed by an issuer that is configured, for us, and not expired.
// Pure; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <optional>

#include <string>
#include <string_view>
#include <vector>

#include "identity/key_set.h"
#include "identity/spiffe.h"
#include "identity/x509.h"

namespace amime::identity {

struct JwtRules {
  std::string issuer;                  // must be its `iss`
  std::vector<std::string> audiences;  // one of them must be in its `aud`
};

// The `sub` of a token that holds. Unauthenticated: why it does not; the words name no claim's value. At most kLongestToken bytes.
// Clocks may be a minute apart.
constexpr std::size_t kLongestToken = 16 << 10;
absl::StatusOr<std::string> subject_of_token(std::string_view token, const KeySet& keys, const JwtRules& rules, Time now);

// "system:serviceaccount:NAMESPACE:NAME", as Kubernetes names those who call. nullopt: anything else.
std::optional<Identity> identity_of_subject(std::string_view subject, std::string_view trust_domain);

}  // namespace amime::identity
