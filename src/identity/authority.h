// The mesh's certificate authority: what it signs with, and which roots the mesh trusts. Immutable; made anew when a file changes
// or a root is rotated. Any thread.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "identity/spiffe.h"
#include "identity/x509.h"

namespace amime::identity {

// As PEM, by the names of the files of a plugged-in authority (Istio's Secret `cacerts`).
struct AuthorityFiles {
  std::string ca_cert;     // ca-cert.pem: what signs
  Secret ca_key;           // ca-key.pem
  std::string root_cert;   // root-cert.pem: what is trusted; several: all of them
  std::string cert_chain;  // cert-chain.pem: from ca_cert towards the root; may be empty where ca_cert is the root
  bool operator==(const AuthorityFiles&) const = default;
};

class Authority {
 public:
  // Istio's DEFAULT_WORKLOAD_CERT_TTL and MAX_WORKLOAD_CERT_TTL, and how far clocks may be apart.
  struct Lifetimes {
    std::chrono::seconds usual = std::chrono::hours(24), longest = std::chrono::hours(24) * 90, skew = std::chrono::minutes(2);
  };
  // InvalidArgument: names the file and what is wrong with it: unreadable, a key of another certificate, a chain that does not lead
  // to a root of root_cert, or one that is not valid at `now`.
  static absl::StatusOr<std::shared_ptr<const Authority>> make(const AuthorityFiles& files, const Lifetimes& lifetimes, Time now);

  // The answer of CreateCertificate: the leaf, the certificates between, the roots (one text, last). `ttl` 0: the usual one;
  // it ends with the authority's own certificate at the latest. InvalidArgument: the request or `ttl`, with the reason.
  absl::StatusOr<std::vector<std::string>> issue(std::string_view request_pem, const Identity& identity, std::chrono::seconds ttl,
                                                 Time now) const;

  // The same for a server of the mesh's own, which is called by host names too.
  absl::StatusOr<std::vector<std::string>> issue_server(std::string_view request_pem, const Identity& identity,
                                                        std::vector<std::string> dns, std::chrono::seconds ttl, Time now) const;

  const std::string& root_bundle() const { return root_bundle_; }  // PEM
  const std::vector<Certificate>& roots() const { return roots_; }
  // What signs, what stands between it and a root, the roots.
  std::vector<Certificate> authorities() const;
  // The first day on which something in the chain is no longer valid.
  Time expires() const { return expires_; }

 private:
  Authority(Signer signer, const Lifetimes& lifetimes) : signer_(std::move(signer)), lifetimes_(lifetimes) {}
  Signer signer_;
  Lifetimes lifetimes_;
  std::vector<std::string> between_;  // PEM, as leaves need them to reach a root
  std::vector<Certificate> roots_;
  std::string root_bundle_;
  Time expires_;
};

}  // namespace amime::identity
