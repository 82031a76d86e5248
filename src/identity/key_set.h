// The public keys of a token issuer: a JSON Web Key Set (RFC 7517), and whether one of them signed something (RFC 7515, 7518).
// Immutable; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace amime::identity {

class KeySet {
 public:
  // InvalidArgument: no JSON, no `keys`, more than kMostKeys, or none that could be used. Keys of other kinds or uses are passed over.
  static constexpr std::size_t kMostKeys = 100;
  static absl::StatusOr<KeySet> parse(std::string_view json);

  // Whether `signature` (raw bytes) over `text` is by the key named `key_id` (any key, if empty) with the algorithm: RS256, RS384, RS512,
  // ES256, ES384, ES512. A key is used with algorithms of its own kind only, and with its own `alg` if it names one: what a token says of
  // its algorithm decides nothing. Unauthenticated: no such key, another algorithm, a wrong signature.
  absl::Status verify(std::string_view algorithm, std::string_view key_id, std::string_view text, std::string_view signature) const;

 private:
  struct Key;
  std::vector<std::shared_ptr<const Key>> keys_;
};

// base64url without padding (RFC 7515, section 2). False: a letter that is none, or bits left over.
bool decode_base64url(std::string_view text, std::string* bytes);

}  // namespace amime::identity
