#include "identity/certificate_service.h"

#include <fmt/format.h>

#include "base/log.h"
#include "security/v1alpha1/ca.pb.h"

namespace amime::identity {
namespace {

constexpr std::string_view kLog = "identity";

absl::Status refused(const Caller& caller, const absl::Status& why) {
  base::log_warn(kLog, "no certificate for {}: {}", caller.address, std::string(why.message()));
  return absl::UnauthenticatedError("request authenticate failure");
}

}  // namespace

absl::Status CertificateService::admit(const Caller& caller, Time now) const {
  const auto identity = authenticator_.of_asker(caller, now);
  return identity.ok() ? absl::OkStatus() : refused(caller, identity.status());
}

absl::StatusOr<std::string> CertificateService::create(const Caller& caller, std::string_view request, Time now) const {
  // The proof first: who is nobody learns nothing of what would be wrong.
  const auto identity = authenticator_.of_asker(caller, now);
  if (!identity.ok()) return refused(caller, identity.status());
  istio::v1::auth::IstioCertificateRequest asked;
  if (request.size() > Signer::kLongestRequest * 2 || !asked.ParseFromArray(request.data(), static_cast<int>(request.size())))
    return absl::InvalidArgumentError("the request is no IstioCertificateRequest");
  const auto authority = signing_.get();
  if (authority == nullptr) return absl::UnavailableError("there is no certificate authority yet");
  const auto chain = authority->issue(asked.csr(), *identity, std::chrono::seconds(asked.validity_duration()), now);
  if (!chain.ok()) {
    base::log_warn(kLog, "no certificate for {} ({}): {}", spiffe_uri(*identity), caller.address, std::string(chain.status().message()));
    return absl::Status(chain.status().code(), fmt::format("CSR signing error ({})", std::string(chain.status().message())));
  }
  // Now a join token is used up; of several who show it at once, one gets its certificate.
  if (const auto proven = authenticator_.of_request(caller, now); !proven.ok()) return refused(caller, proven.status());
  istio::v1::auth::IstioCertificateResponse answer;
  for (const auto& pem : *chain) answer.add_cert_chain(pem);
  base::log_info(kLog, "certificate for {} ({})", spiffe_uri(*identity), caller.address);
  return answer.SerializeAsString();
}

}  // namespace amime::identity
