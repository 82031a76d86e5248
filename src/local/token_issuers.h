// The issuers whose tokens are proofs on the secure port: JWTRules of Istio's API in JSON (istiod: JWT_RULE), with the keys that they
// name, fetched and kept as those of RequestAuthentications are.
//
// Owned by the identity plane; destroying it ends the thread that fetches.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "identity/authenticator.h"
#include "source/keys/key_source.h"

namespace amime::local {

class TokenIssuers {
 public:
  // `rules`: one JWTRule or a list of them; empty: nobody. `state_dir`: where the last good keys are kept. InvalidArgument: says what is
  // wrong with the rules.
  static absl::StatusOr<std::unique_ptr<TokenIssuers>> start(const std::string& rules, const std::string& state_dir,
                                                             source::KeyFetch fetch = source::fetch_over_http);
  ~TokenIssuers();

  // As many as rules; their keys come when they are fetched.
  const std::vector<identity::Authenticator::Issuer>& issuers() const;

 private:
  struct Book;
  explicit TokenIssuers(std::unique_ptr<Book> book);
  std::unique_ptr<Book> book_;
};

}  // namespace amime::local
