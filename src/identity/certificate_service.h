// What answers istio.v1.auth.IstioCertificateService/CreateCertificate (istio.io/api security/v1alpha1/ca.proto), without the gRPC
// that carries it. Any thread.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "base/published.h"
#include "identity/authenticator.h"
#include "identity/authority.h"

namespace amime::identity {

inline constexpr std::string_view kCreateCertificate = "/istio.v1.auth.IstioCertificateService/CreateCertificate";

class CertificateService {
 public:
  // Both outlive it. `signing`: null as long as there is none.
  CertificateService(const base::Published<Authority>& signing, const Authenticator& authenticator)
      : signing_(signing), authenticator_(authenticator) {}

  // Whether it is somebody who asks; before create(), which asks again, because a join token may be used up meanwhile.
  absl::Status admit(const Caller& caller, Time now) const;
  // IstioCertificateRequest in, IstioCertificateResponse out, both encoded. In istiod's words where a client could look at them:
  // Unauthenticated "request authenticate failure", InvalidArgument for what is wrong with the request, Unavailable while there
  // is no authority. Who got what, and why not, is in the log; what a proof held is not.
  absl::StatusOr<std::string> create(const Caller& caller, std::string_view request, Time now) const;

 private:
  const base::Published<Authority>& signing_;
  const Authenticator& authenticator_;
};

}  // namespace amime::identity
