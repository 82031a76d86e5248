// Fuzz entry of what callers of the certificate authority show: JSON Web Tokens, join tokens; and of an issuer's key set. None is
// believed: no key has signed what is made up here.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "identity/join_tokens.h"
#include "identity/jwt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace amime::identity;
  static const auto keys = *KeySet::parse(R"({"keys":[{"kty":"EC","kid":"a","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Time now = std::chrono::system_clock::from_time_t(1'800'000'000);
  if (subject_of_token(text, keys, {"a", {"b"}}, now).ok()) std::abort();
  if (JoinTokens("/nonexistent").use(text, now).ok()) std::abort();
  (void)KeySet::parse(text);
  (void)parse_spiffe(text);
  return 0;
}
