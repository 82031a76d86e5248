// Asks an authority for a certificate: istio.v1.auth.IstioCertificateService/CreateCertificate over gRPC.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "agent/loop.h"
#include "agent/remote.h"

namespace amime::agent {

struct CertificateRequest {
  std::string csr;  // PEM
  std::chrono::seconds ttl;
};
// The leaf, what is between, the roots; at least two.
using CertificateAnswer = std::function<void(absl::StatusOr<std::vector<std::string>>)>;
// Called on the loop; answers there, once, within the bound.
using CertificateClient = std::function<void(const CertificateRequest& request, const Proof& proof, CertificateAnswer answer)>;

// Asks one of `remotes` at each call, the next one after a failure. `loop` outlives the calls under way.
CertificateClient make_certificate_client(Loop& loop, std::vector<Remote> remotes, std::string signer);
constexpr std::chrono::seconds kLongestSigning{10};

}  // namespace amime::agent
