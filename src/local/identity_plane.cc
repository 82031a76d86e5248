#include "local/identity_plane.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "base/log.h"
#include "identity/authenticator.h"
#include "identity/authority_keeper.h"
#include "identity/certificate_service.h"
#include "identity/private_file.h"
#include "identity/revocation_keeper.h"
#include "local/call_limits.h"
#include "local/token_issuers.h"

namespace amime::local {
namespace {

constexpr std::string_view kIdentityLog = "identity";
constexpr auto kServingTtl = std::chrono::hours(24);
constexpr auto kUntilTheyAreRead = std::chrono::seconds(3);  // gRPC looks at the files every second (secure_port.h)
using Time = std::chrono::system_clock::time_point;

identity::Caller caller_of(const delivery::Credentials& credentials) {
  return {credentials.encrypted, credentials.uris, credentials.certificates, identity::Secret(credentials.authorization),
          credentials.address};
}

// By these istiod's clients know it (ISTIO-CONTRACT: server SAN), and people on this machine.
std::vector<std::string> server_names(const std::string& ns) {
  std::vector<std::string> out{"localhost"};
  std::vector<std::string> services{"istiod", "istiod-remote", "istio-pilot"};
  const char* revision = std::getenv("REVISION");
  if (revision && *revision && std::string_view(revision) != "default") services.push_back(fmt::format("istiod-{}", revision));
  for (const auto& service : services)
    for (const char* domain : {"svc", "svc.cluster.local"}) out.push_back(fmt::format("{}.{}.{}", service, ns, domain));
  return out;
}

}  // namespace

struct IdentityPlane::Parts {
  Parts(const Options& given, std::unique_ptr<TokenIssuers> token_issuers, base::MetricsRegistry& metrics)
      : options(given),
        keeper({.plugged_dir = given.cacerts_dir,
                .own = {.dir = given.state_dir + "/ca", .organization = given.trust_domain},
                .lifetimes = {}}),
        revocations(given.cacerts_dir),
        issuers(std::move(token_issuers)),
        authenticator({.trust_domain = given.trust_domain,
                       .issuers = issuers->issuers(),
                       .tokens_dir = given.state_dir + "/tokens",
                       .revoked = &revocations.current()}),
        service(signing, authenticator),
        limits(metrics) {}

  std::string file(std::string_view name) const { return fmt::format("{}/serving/{}", options.state_dir, name); }
  absl::Status renew(Time now);
  absl::Status check(Time now);
  delivery::ProvenPeer proven(identity::Identity&& identity) const {
    const bool in_root = identity.ns == options.root_namespace;
    return {std::move(identity.ns), std::move(identity.service_account), in_root};
  }

  const Options options;
  identity::AuthorityKeeper keeper;
  identity::RevocationKeeper revocations;
  const std::unique_ptr<TokenIssuers> issuers;
  const identity::Authenticator authenticator;
  base::Published<identity::Authority> signing;  // the keeper's, as soon as the port trusts what it signs
  const identity::CertificateService service;
  CallLimits limits;
  identity::Secret key;
  std::shared_ptr<const identity::Authority> served_by;  // of what the files hold
  Time written{}, renew_at{};
  std::string last_error;
};

// One key as long as the process lives, so that the files fit each other at any moment in which gRPC may read them.
absl::Status IdentityPlane::Parts::renew(Time now) {
  const auto authority = keeper.current();
  if (key.empty()) {
    auto made = identity::make_key(identity::KeyType::kEcdsaP256);
    if (!made.ok()) return made.status();
    if (auto status = identity::make_private_dir(options.state_dir + "/serving"); !status.ok()) return status;
    if (auto status = base::replace_file(file("key.pem"), made->reveal(), 0600); !status.ok()) return status;
    key = *std::move(made);
  }
  const auto request = identity::make_request(key, "");
  if (!request.ok()) return request.status();
  const auto chain = authority->issue_server(*request, {options.trust_domain, options.root_namespace, "istiod"},
                                             server_names(options.root_namespace), kServingTtl, now);
  if (!chain.ok()) return chain.status();
  std::string certificates;
  for (std::size_t i = 0; i + 1 < chain->size(); ++i) certificates += (*chain)[i];
  if (auto status = base::replace_file(file("certificate.pem"), certificates, 0600); !status.ok()) return status;
  if (auto status = base::replace_file(file("roots.pem"), authority->root_bundle(), 0600); !status.ok()) return status;
  served_by = authority;
  written = now;
  renew_at = now + kServingTtl / 2;
  return absl::OkStatus();
}

absl::Status IdentityPlane::Parts::check(Time now) {
  auto status = keeper.check(now);
  if (keeper.current() == nullptr) return status;
  if (keeper.current() != served_by || renew_at <= now)
    if (auto renewed = renew(now); !renewed.ok()) return renewed;
  if (signing.get() == nullptr || (signing.get() != served_by && written + kUntilTheyAreRead <= now)) signing.publish(served_by);
  const auto revoked = revocations.check(keeper.current(), now);
  return status.ok() ? revoked : status;
}

IdentityPlane::IdentityPlane(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
IdentityPlane::~IdentityPlane() = default;

absl::StatusOr<std::unique_ptr<IdentityPlane>> IdentityPlane::start(const Options& options, base::MetricsRegistry& metrics, Time now) {
  auto issuers = TokenIssuers::start(options.jwt_rule, options.state_dir);
  if (!issuers.ok()) return issuers.status();
  auto parts = std::make_unique<Parts>(options, *std::move(issuers), metrics);
  if (auto status = parts->check(now); !status.ok()) return status;
  return std::unique_ptr<IdentityPlane>(new IdentityPlane(std::move(parts)));
}

delivery::SecurePort IdentityPlane::port() const {
  Parts& parts = *parts_;
  delivery::SecurePort out;
  out.key_file = parts.file("key.pem"), out.certificate_file = parts.file("certificate.pem"), out.roots_file = parts.file("roots.pem");
  out.admit = [&parts](delivery::CallKind kind, const std::string& address) {
    return parts.limits.admit(kind, address, std::chrono::steady_clock::now());
  };
  out.authenticate = [&parts](const delivery::Credentials& credentials) -> absl::StatusOr<delivery::ProvenPeer> {
    auto identity = parts.authenticator.of_stream(caller_of(credentials), std::chrono::system_clock::now());
    if (identity.ok()) return parts.proven(*std::move(identity));
    base::log_warn(kIdentityLog, "no stream for {}: {}", credentials.address, std::string(identity.status().message()));
    return absl::UnauthenticatedError("authentication failure");
  };
  out.unary[std::string(identity::kCreateCertificate)] = {
      .admit = [&parts](const auto& credentials) { return parts.service.admit(caller_of(credentials), std::chrono::system_clock::now()); },
      .answer =
          [&parts](const auto& credentials, std::string_view request) {
            return parts.service.create(caller_of(credentials), request, std::chrono::system_clock::now());
          }};
  return out;
}

ProvePage IdentityPlane::page_prover() const {
  return [&parts = *parts_](const std::string& authorization, const std::string& address) -> absl::StatusOr<delivery::ProvenPeer> {
    auto identity = parts.authenticator.of_page(identity::Secret(authorization), std::chrono::system_clock::now());
    if (identity.ok()) return parts.proven(*std::move(identity));
    base::log_warn(kIdentityLog, "no page of /debug for {}: {}", address, std::string(identity.status().message()));
    return identity.status();
  };
}

void IdentityPlane::turn(Time now) {
  const auto status = parts_->check(now);
  std::string error(status.message());
  if (error != parts_->last_error && !error.empty()) base::log_error(kIdentityLog, "{}; what was before stays", error);
  if (error.empty() && !parts_->last_error.empty()) base::log_info(kIdentityLog, "all is well again");
  parts_->last_error = std::move(error);
}

}  // namespace amime::local
