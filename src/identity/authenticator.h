// Who calls: the order in which proofs are tried is Istio's (client certificate, JWT), and a join token last.
//
// Immutable but for join tokens, which are files; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "base/published.h"
#include "identity/join_tokens.h"
#include "identity/jwt.h"
#include "identity/revocation.h"

namespace amime::identity {

// What the transport knows of a call.
struct Caller {
  bool encrypted = false;
  std::vector<std::string> uris;  // names in its client certificate, which was verified against the mesh's roots; empty: it has none
  std::string certificates;       // its chain as it was shown, PEM
  Secret authorization;           // the metadata of that name, as sent: "Bearer ..."
  std::string address;            // for people
};

class Authenticator {
 public:
  struct Issuer {
    JwtRules rules;
    std::shared_ptr<const base::Published<KeySet>> keys;  // holds null until they are fetched: then nothing is proven
  };
  struct Options {
    std::string trust_domain = "cluster.local";
    std::vector<Issuer> issuers;
    std::string tokens_dir;  // of join tokens; empty: none are taken
    // Certificates that are taken no more; null, or holding null: all are. Outlives this.
    const base::Published<RevocationList>* revoked = nullptr;
  };
  explicit Authenticator(Options options) : options_(std::move(options)), tokens_(options_.tokens_dir) {}

  // Of one who asks for configuration. Unauthenticated: why each proof failed, without saying what was in it.
  absl::StatusOr<Identity> of_stream(const Caller& caller, Time now) const { return prove(caller, now, Tokens::kNone); }
  // Of one who is going to ask for a certificate: a join token is a proof too. Nothing is used up, so it may be asked before the request is
  // read, and while it may still turn out to be none.
  absl::StatusOr<Identity> of_asker(const Caller& caller, Time now) const { return prove(caller, now, Tokens::kLook); }
  // Of one who gets a certificate: a join token is used up.
  absl::StatusOr<Identity> of_request(const Caller& caller, Time now) const { return prove(caller, now, Tokens::kUse); }
  // Of one who asks for a page of the monitoring port, which is plaintext, as istiod's: a token of an issuer, nothing else.
  absl::StatusOr<Identity> of_page(const Secret& authorization, Time now) const;

 private:
  enum class Tokens : std::uint8_t { kNone, kLook, kUse };
  absl::StatusOr<Identity> prove(const Caller& caller, Time now, Tokens tokens) const;
  absl::StatusOr<Identity> by_join_token(std::string_view token, const Caller& caller, Time now, Tokens tokens) const;
  absl::StatusOr<Identity> by_certificate(const Caller& caller) const;
  absl::StatusOr<Identity> by_bearer(std::string_view bearer, Time now) const;
  Options options_;
  JoinTokens tokens_;
};

}  // namespace amime::identity
