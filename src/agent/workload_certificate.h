// WorkloadCertificate: who this workload is. Its keys are made here and go nowhere but to its Envoy (and, where a directory is given, into
// a file of its own, so that one that joined by a token stays who it is over a restart). Renewed long before the end; while the
// authority does not answer, what there is stays in use, and the log says for how long.
//
// Owned by the agent, on its loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "agent/backoff.h"
#include "agent/certificate_client.h"
#include "identity/spiffe.h"
#include "identity/x509.h"

namespace amime::agent {

// A token as a file holds it, without the line's end. Empty: there is none.
identity::Secret read_token(const std::string& path);

class WorkloadCertificate {
 public:
  struct Options {
    identity::Identity identity;
    identity::KeyType key_type = identity::KeyType::kEcdsaP256;
    std::chrono::seconds ttl = std::chrono::hours(24);                // SECRET_TTL
    double grace = 0.5, jitter = 0.01;                                // SECRET_GRACE_PERIOD_RATIO and its jitter
    std::string token_file, join_token_file;                          // read anew at each use
    std::string dir;                                                  // where it is kept; empty: nowhere
    std::chrono::milliseconds first_wait{500}, longest_wait{60'000};  // between attempts
  };
  WorkloadCertificate(Loop& loop, CertificateClient ask, Options options);
  ~WorkloadCertificate();

  // Takes what was kept, and asks for what is missing.
  void start();
  // A new one is in force.
  std::function<void()> on_change;

  bool valid() const;
  std::string problem() const { return problem_; }  // why there is none, or no new one
  identity::Time expires() const { return expires_; }
  const identity::Secret& key() const { return key_; }
  const std::string& chain() const { return chain_; }
  const std::string& roots() const { return roots_; }
  // What to show to a control plane: the certificate if there is one, and the token.
  Proof proof() const;
  unsigned renewals() const { return renewals_; }

 private:
  void ask();
  void answered(identity::Secret key, absl::StatusOr<std::vector<std::string>> chain);
  absl::Status take(identity::Secret key, std::string chain, std::string roots);
  void failed(const absl::Status& why);
  void renew_in_time();
  absl::Status keep() const;
  absl::Status restore();

  Loop& loop_;
  const CertificateClient ask_;
  const Options options_;
  identity::Secret key_;
  std::string chain_, roots_, problem_;
  identity::Time expires_{};
  unsigned renewals_ = 0;
  Loop::TimerId timer_ = 0;
  Backoff backoff_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for answers that come late
};

}  // namespace amime::agent
