#include "identity/authority_keeper.h"

#include <fmt/format.h>

#include <array>

#include "identity/private_file.h"

namespace amime::identity {
namespace {

struct Names {
  const char *certificate, *key, *root, *chain;
};
// Istio's own, and those of a kubernetes.io/tls Secret, where tls.crt holds the chain as well.
constexpr std::array<Names, 2> kNames{
    {{"ca-cert.pem", "ca-key.pem", "root-cert.pem", "cert-chain.pem"}, {"tls.crt", "tls.key", "ca.crt", "tls.crt"}}};

// NotFound: none of these files is there.
absl::StatusOr<AuthorityFiles> read_plugged(const std::string& dir, const Names& names) {
  AuthorityFiles out;
  const auto path = [&](const char* name) { return fmt::format("{}/{}", dir, name); };
  auto key = read_private_file(path(names.key), true);  // mounted by Kubernetes with a mode and a group of its choice
  // Half of one is not none: the mesh would quietly get roots of its own.
  if (absl::IsNotFound(key.status()) && read_private_file(path(names.certificate), true).ok())
    return absl::InvalidArgumentError(std::string(key.status().message()));
  if (!key.ok()) return key.status();
  out.ca_key = *std::move(key);
  const std::array<std::pair<const char*, std::string*>, 3> texts{
      {{names.certificate, &out.ca_cert}, {names.root, &out.root_cert}, {names.chain, &out.cert_chain}}};
  for (const auto& [name, text] : texts) {
    auto content = read_private_file(path(name), true);
    if (content.ok()) *text = content->reveal();
    const bool needed = text != &out.cert_chain;
    if (!content.ok() && (needed || !absl::IsNotFound(content.status())))
      return absl::InvalidArgumentError(std::string(content.status().message()));
  }
  return out;
}

}  // namespace

absl::StatusOr<AuthorityFiles> AuthorityKeeper::files(Time now) {
  if (!options_.plugged_dir.empty()) {
    for (const auto& names : kNames) {
      auto plugged = read_plugged(options_.plugged_dir, names);
      if (plugged.ok() || !absl::IsNotFound(plugged.status())) {
        plugged_ = true;
        return plugged;
      }
    }
    if (plugged_) return absl::NotFoundError(fmt::format("{}: the authority that was plugged in is gone", options_.plugged_dir));
  }
  return own_.at(now);
}

absl::Status AuthorityKeeper::check(Time now) {
  auto next = files(now);
  if (!next.ok()) return next.status();
  if (current_.get() != nullptr && *next == last_) return absl::OkStatus();
  auto authority = Authority::make(*next, options_.lifetimes, now);
  if (!authority.ok()) return authority.status();
  last_ = *std::move(next);
  current_.publish(*std::move(authority));
  return absl::OkStatus();
}

}  // namespace amime::identity
