#include "identity/authority.h"

#include <fmt/format.h>

#include <algorithm>

namespace amime::identity {
namespace {

absl::Status in_file(std::string_view file, const absl::Status& status) {
  return absl::Status(status.code(), fmt::format("{}: {}", file, std::string(status.message())));
}

bool holds(const std::vector<Certificate>& all, const Certificate& one) {
  return std::any_of(all.begin(), all.end(), [&](const Certificate& c) { return c.pem == one.pem; });
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Authority>> Authority::make(const AuthorityFiles& files, const Lifetimes& lifetimes, Time now) {
  auto signer = Signer::make(files.ca_cert, files.ca_key);
  if (!signer.ok()) return in_file("ca-cert.pem", signer.status());
  auto roots = read_certificates(files.root_cert);
  if (!roots.ok()) return in_file("root-cert.pem", roots.status());
  std::vector<Certificate> chain{signer->certificate()};
  if (!files.cert_chain.empty()) {
    auto rest = read_certificates(files.cert_chain);
    if (!rest.ok()) return in_file("cert-chain.pem", rest.status());
    for (auto& certificate : *rest)
      if (!holds(chain, certificate)) chain.push_back(std::move(certificate));
  }
  if (auto status = verify_chain(chain, *roots, now); !status.ok())
    return absl::InvalidArgumentError(
        fmt::format("ca-cert.pem: does not lead to a root of root-cert.pem: {}", std::string(status.message())));

  std::shared_ptr<Authority> out(new Authority(*std::move(signer), lifetimes));
  out->expires_ = out->signer_.certificate().not_after;
  for (const auto& certificate : chain) {
    out->expires_ = std::min(out->expires_, certificate.not_after);
    if (!holds(*roots, certificate)) out->between_.push_back(certificate.pem);
  }
  for (const auto& root : *roots) out->root_bundle_ += root.pem;
  out->roots_ = *std::move(roots);
  return out;
}

std::vector<Certificate> Authority::authorities() const {
  std::vector<Certificate> out = roots_;
  out.push_back(signer_.certificate());
  for (const auto& pem : between_)
    if (auto read = read_certificates(pem); read.ok()) out.insert(out.end(), read->begin(), read->end());
  return out;
}

absl::StatusOr<std::vector<std::string>> Authority::issue(std::string_view request_pem, const Identity& identity, std::chrono::seconds ttl,
                                                          Time now) const {
  return issue_server(request_pem, identity, {}, ttl, now);
}

absl::StatusOr<std::vector<std::string>> Authority::issue_server(std::string_view request_pem, const Identity& identity,
                                                                 std::vector<std::string> dns, std::chrono::seconds ttl, Time now) const {
  if (!is_valid(identity)) return absl::InvalidArgumentError("the caller has no identity that could be written into a certificate");
  if (ttl < std::chrono::seconds(0) || ttl > lifetimes_.longest)
    return absl::InvalidArgumentError(
        fmt::format("a validity of {} s was asked for; {} s is the longest", ttl.count(), lifetimes_.longest.count()));
  if (ttl == std::chrono::seconds(0)) ttl = lifetimes_.usual;
  if (expires_ <= now) return absl::FailedPreconditionError("the authority's own certificate has expired");
  auto leaf = signer_.sign(request_pem, {spiffe_uri(identity), now - lifetimes_.skew, std::min<Time>(now + ttl, expires_), std::move(dns)});
  if (!leaf.ok()) return leaf.status();
  std::vector<std::string> out{*std::move(leaf)};
  out.insert(out.end(), between_.begin(), between_.end());
  out.push_back(root_bundle_);
  return out;
}

}  // namespace amime::identity
