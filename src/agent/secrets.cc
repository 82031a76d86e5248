#include "agent/secrets.h"

#include <fmt/format.h>

#include <utility>

#include "base/hash.h"
#include "base/log.h"
#include "envoy/extensions/transport_sockets/tls/v3/secret.pb.h"
#include "identity/private_file.h"

namespace amime::agent {
namespace {

namespace tls = envoy::extensions::transport_sockets::tls::v3;
constexpr std::string_view kSecretsLog = "sds";
constexpr std::string_view kFileCert = "file-cert:", kFileRoot = "file-root:";

Secrets::Value value_of_message(const tls::Secret& secret) {
  Secrets::Value out{"", identity::Secret(secret.SerializeAsString())};
  out.version = base::hex64(base::hash64(out.encoded.reveal()));
  return out;
}

Secrets::Value certificate_secret(std::string_view name, const identity::Secret& key, std::string_view chain) {
  tls::Secret secret;
  secret.set_name(std::string(name));
  auto& certificate = *secret.mutable_tls_certificate();
  certificate.mutable_certificate_chain()->set_inline_bytes(std::string(chain));
  certificate.mutable_private_key()->set_inline_bytes(std::string(key.reveal()));
  return value_of_message(secret);
}

Secrets::Value roots_secret(std::string_view name, std::string_view roots) {
  tls::Secret secret;
  secret.set_name(std::string(name));
  secret.mutable_validation_context()->mutable_trusted_ca()->set_inline_bytes(std::string(roots));
  return value_of_message(secret);
}

}  // namespace

absl::StatusOr<Secrets::Value> Secrets::get(std::string_view name) {
  if (const auto it = own_.find(name); it != own_.end()) return it->second;
  if (name == kOwnCertificate || name == kOwnRoots) return absl::UnavailableError("there is no certificate yet");
  if (!name.starts_with(kFileCert) && !name.starts_with(kFileRoot)) return absl::NotFoundError(fmt::format("no secret is called {}", name));
  auto value = of_files(name);
  files_.insert_or_assign(std::string(name), value.ok() ? value->version : "");
  if (!timer_) timer_ = loop_.after(kLookAgain, [this] { look_again(); });
  if (!value.ok()) return absl::UnavailableError(value.status().message());  // it may come
  return value;
}

absl::StatusOr<Secrets::Value> Secrets::of_files(std::string_view name) const {
  if (name.starts_with(kFileRoot)) {
    const auto roots = identity::read_private_file(std::string(name.substr(kFileRoot.size())), true);
    return roots.ok() ? absl::StatusOr<Value>(roots_secret(name, roots->reveal())) : roots.status();
  }
  const auto both = name.substr(kFileCert.size());
  const auto tilde = both.find('~');
  if (tilde == std::string_view::npos) return absl::InvalidArgumentError(fmt::format("{}: not of the form file-cert:CERT~KEY", name));
  const auto chain = identity::read_private_file(std::string(both.substr(0, tilde)), true);
  if (!chain.ok()) return chain.status();
  // Where Kubernetes mounts a Secret, its files are open to the group.
  const auto key = identity::read_private_file(std::string(both.substr(tilde + 1)), true);
  if (!key.ok()) return key.status();
  return certificate_secret(name, *key, chain->reveal());
}

void Secrets::look_again() {
  timer_ = loop_.after(kLookAgain, [this] { look_again(); });
  std::vector<std::string> changed;
  for (auto& [name, version] : files_)
    if (auto value = of_files(name); value.ok() && std::exchange(version, value->version) != value->version) changed.push_back(name);
  for (const auto& name : changed) {
    base::log_info(kSecretsLog, "{} has changed", name);
    if (on_change) on_change(name);
  }
}

void Secrets::set_own(const identity::Secret& key, std::string_view chain, std::string_view roots) {
  for (auto& [name, value] : {std::pair{kOwnCertificate, certificate_secret(kOwnCertificate, key, chain)},
                              std::pair{kOwnRoots, roots_secret(kOwnRoots, roots)}}) {
    Value& old = own_[std::string(name)];
    if (old.version == value.version) continue;
    old = value;
    if (on_change) on_change(name);
  }
}

}  // namespace amime::agent
