#include "agent/workload_certificate.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/atomic_file.h"
#include "base/log.h"
#include "identity/private_file.h"

namespace amime::agent {
namespace {

using identity::Secret;
using std::chrono::milliseconds;
constexpr std::string_view kCertificateLog = "ca";
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr milliseconds kSoonest{200};

identity::Time clock_now() { return std::chrono::system_clock::now(); }

std::string left_until(identity::Time end) {
  const auto left = std::chrono::floor<std::chrono::seconds>(end - clock_now());
  return left.count() > 0 ? fmt::format("{:%H:%M:%S}", left) : "no time";
}

}  // namespace

Secret read_token(const std::string& path) {
  if (path.empty()) return {};
  const auto file = identity::read_private_file(path, /*open_to_others=*/true);  // Kubernetes mounts it so
  if (!file.ok()) return {};
  auto text = file->reveal();
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return Secret(std::string(text));
}

WorkloadCertificate::WorkloadCertificate(Loop& loop, CertificateClient ask, Options options)
    : loop_(loop), ask_(std::move(ask)), options_(std::move(options)), backoff_(options_.first_wait, options_.longest_wait) {}
WorkloadCertificate::~WorkloadCertificate() {
  *alive_ = false;
  loop_.cancel(timer_);
}

bool WorkloadCertificate::valid() const { return !chain_.empty() && clock_now() < expires_; }

Proof WorkloadCertificate::proof() const {
  Proof out;
  if (valid()) out.key = key_, out.chain = chain_;
  out.bearer = read_token(options_.token_file);
  return out;
}

void WorkloadCertificate::start() {
  if (const auto restored = restore(); restored.ok()) {
    base::log_info(kCertificateLog, "the certificate that was kept is valid for {} more", left_until(expires_));
    if (on_change) on_change();
    return renew_in_time();
  } else if (!absl::IsNotFound(restored)) {
    base::log_warn(kCertificateLog, "the certificate that was kept is of no use: {}", std::string(restored.message()));
  }
  ask();
}

void WorkloadCertificate::ask() {
  timer_ = 0;
  auto key = identity::make_key(options_.key_type);
  if (!key.ok()) return failed(key.status());
  const auto request = identity::make_request(*key, identity::spiffe_uri(options_.identity));
  if (!request.ok()) return failed(request.status());
  Proof shown = proof();
  if (shown.chain.empty() && shown.bearer.empty()) shown.bearer = read_token(options_.join_token_file);
  if (shown.chain.empty() && shown.bearer.empty())
    return failed(absl::FailedPreconditionError(fmt::format(
        "nothing to prove with: no token at {}", options_.join_token_file.empty() ? options_.token_file : options_.join_token_file)));
  ask_({*request, options_.ttl}, shown, [this, alive = alive_, key = *std::move(key)](absl::StatusOr<std::vector<std::string>> chain) {
    if (*alive) answered(key, std::move(chain));
  });
}

void WorkloadCertificate::answered(Secret key, absl::StatusOr<std::vector<std::string>> chain) {
  if (!chain.ok()) return failed(chain.status());
  std::string leaf_and_between;
  for (std::size_t i = 0; i + 1 < chain->size(); ++i) {
    leaf_and_between += (*chain)[i];
    if (leaf_and_between.back() != '\n') leaf_and_between += '\n';
  }
  if (const auto status = take(std::move(key), std::move(leaf_and_between), chain->back()); !status.ok()) {
    if (!absl::IsPermissionDenied(status)) return failed(status);
    // Somebody else's token: asking again does not make it ours.
    problem_ = std::string(status.message());
    return base::log_error(kCertificateLog, "{}", problem_);
  }
  ++renewals_;
  backoff_.reset();
  base::log_info(kCertificateLog, "certificate for {}, valid for {}", identity::spiffe_uri(options_.identity), left_until(expires_));
  if (const auto status = keep(); !status.ok())
    base::log_error(kCertificateLog, "the certificate is not kept: {}", std::string(status.message()));
  if (on_change) on_change();
  renew_in_time();
}

// Takes it, if it is this workload's.
absl::Status WorkloadCertificate::take(Secret key, std::string chain, std::string roots) {
  const auto certificates = identity::read_certificates(chain);
  if (!certificates.ok()) return certificates.status();
  const auto trusted = identity::read_certificates(roots);
  if (!trusted.ok()) return trusted.status();
  const auto& leaf = certificates->front();
  const auto who = leaf.uris.size() == 1 ? identity::parse_spiffe(leaf.uris.front()) : std::nullopt;
  const auto& mine = options_.identity;
  if (!who || who->ns != mine.ns || who->service_account != mine.service_account)
    return absl::PermissionDeniedError(
        fmt::format("the certificate is of {}, this workload is {}", fmt::join(leaf.uris, ", "), identity::spiffe_uri(mine)));
  if (leaf.not_after <= clock_now()) return absl::DeadlineExceededError("it has expired");
  key_ = std::move(key), chain_ = std::move(chain), roots_ = std::move(roots);
  expires_ = leaf.not_after;
  problem_.clear();
  return absl::OkStatus();
}

void WorkloadCertificate::failed(const absl::Status& why) {
  const std::string reason(why.message());
  const bool news = reason != problem_;
  problem_ = reason;
  const auto wait = backoff_.next();
  if (!chain_.empty()) {
    base::log_warn(kCertificateLog, "no new certificate ({}); the one in use is valid for {} more", reason, left_until(expires_));
  } else if (news) {
    base::log_warn(kCertificateLog, "no certificate: {}; trying again", reason);
  }
  timer_ = loop_.after(wait, [this] { ask(); });
}

void WorkloadCertificate::renew_in_time() {
  static thread_local std::minstd_rand random{std::random_device{}()};
  const double part = 1 - options_.grace + std::uniform_real_distribution<double>(-options_.jitter, options_.jitter)(random);
  const auto left = std::chrono::duration_cast<milliseconds>(expires_ - clock_now());
  const milliseconds wait(static_cast<std::int64_t>(static_cast<double>(left.count()) * std::clamp(part, 0.0, 1.0)));
  timer_ = loop_.after(std::max(wait, kSoonest), [this] { ask(); });
}

absl::Status WorkloadCertificate::keep() const {
  if (options_.dir.empty()) return absl::OkStatus();
  if (auto status = identity::make_private_dir(options_.dir); !status.ok()) return status;
  if (auto status = base::replace_file(options_.dir + "/roots.pem", roots_, 0600); !status.ok()) return status;
  // Key and chain in one file: they fit each other whenever it is read.
  return base::replace_file(options_.dir + "/workload.pem", std::string(key_.reveal()) + chain_, 0600);
}

absl::Status WorkloadCertificate::restore() {
  if (options_.dir.empty()) return absl::NotFoundError("");
  const auto both = identity::read_private_file(options_.dir + "/workload.pem");
  if (!both.ok()) return both.status();
  const auto roots = identity::read_private_file(options_.dir + "/roots.pem");
  if (!roots.ok()) return roots.status();
  const auto text = both->reveal();
  const auto at = text.find(kBegin);
  if (at == std::string_view::npos) return absl::InvalidArgumentError("workload.pem holds no certificate");
  return take(Secret(std::string(text.substr(0, at))), std::string(text.substr(at)), std::string(roots->reveal()));
}

}  // namespace amime::agent
