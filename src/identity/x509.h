// Keys, certificate signing requests and certificates, as PEM text. Only this file and revocation.cc speak OpenSSL's X.509, so that
// it can be read as a whole.
//
// Nothing here is kept between calls. Any thread.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "identity/secret.h"

namespace amime::identity {

using Time = std::chrono::system_clock::time_point;

enum class KeyType { kEcdsaP256, kRsa2048 };

// PKCS#8. Internal: OpenSSL has no randomness, or no memory.
absl::StatusOr<Secret> make_key(KeyType type);

struct Certificate {
  std::string pem;
  std::string subject;            // RFC 2253
  std::vector<std::string> uris;  // of the subject alternative name
  Time not_before, not_after;
  bool is_authority = false;  // basicConstraints CA
};

// All certificates of a bundle, in its order; text between them is passed over. InvalidArgument: none, or one that cannot be read.
// At most kLongestBundle bytes.
constexpr std::size_t kLongestBundle = 1 << 20;
absl::StatusOr<std::vector<Certificate>> read_certificates(std::string_view pem);

// A self-signed authority. `organization` is all that its subject says, as istiod's roots do.
absl::StatusOr<std::string> make_root(const Secret& key, std::string_view organization, Time not_before, Time not_after);

// What a workload asks with: its key, signed by itself. `uri` may be empty: the authority does not read it.
absl::StatusOr<std::string> make_request(const Secret& key, std::string_view uri);

// What a certificate says of its workload, whatever the request said (issue: "SAN from the authenticated caller only").
struct Leaf {
  std::string uri;  // critical
  Time not_before, not_after;
  std::vector<std::string> dns = {};  // of a server that is called by host names, besides
};

// An authority's certificate and key, read once.
class Signer {
 public:
  // InvalidArgument: no authority's certificate, no key, a key of another certificate, a key too weak.
  static absl::StatusOr<Signer> make(std::string_view certificate_pem, const Secret& key);
  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;
  ~Signer();

  // InvalidArgument: what is wrong with the request: not PEM, longer than kLongestRequest, not signed by its own key, a weak key
  // (RSA under 2048 bits, a curve other than P-256, P-384, P-521; anything but RSA and ECDSA).
  static constexpr std::size_t kLongestRequest = 32 << 10;
  absl::StatusOr<std::string> sign(std::string_view request_pem, const Leaf& leaf) const;

  const Certificate& certificate() const;

 private:
  struct Parts;
  explicit Signer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Whether `leaf` was signed by a chain that ends in one of `roots`, all of them valid at `now`; Unauthenticated says why not.
absl::Status verify_chain(const std::vector<Certificate>& chain, const std::vector<Certificate>& roots, Time now);

}  // namespace amime::identity
