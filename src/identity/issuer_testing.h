// An issuer of tokens, for tests: keys, its key set, tokens of whatever claims.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace amime::identity::testing {

std::string base64url(std::string_view bytes);

class Issuer {
 public:
  Issuer();
  ~Issuer();
  // {"keys": [...]}: an RSA key "rsa" of 2048 bits and an ECDSA key "ec" of P-256.
  std::string key_set() const;
  // Signed with the key of that name, whatever the header says.
  std::string sign(std::string_view key, std::string_view header_json, std::string_view claims_json) const;
  std::string rsa_token(std::string_view claims_json) const { return sign("rsa", R"({"alg":"RS256","kid":"rsa"})", claims_json); }
  std::string ec_token(std::string_view claims_json) const { return sign("ec", R"({"alg":"ES256","kid":"ec"})", claims_json); }

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

}  // namespace amime::identity::testing
