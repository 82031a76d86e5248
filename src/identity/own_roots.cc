#include "identity/own_roots.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/atomic_file.h"
#include "identity/private_file.h"

namespace amime::identity {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostRoots = 16;
constexpr auto kSkew = std::chrono::minutes(10);  // a new root is good for those whose clocks are behind, too
constexpr std::string_view kRootPrefix = "root-", kRootSuffix = ".pem";

}  // namespace

struct OwnRoots::Root {
  Certificate certificate;
  Secret key;  // the file's text: OpenSSL finds the key in it
  Time made() const { return certificate.not_before + kSkew; }
};

absl::StatusOr<std::vector<OwnRoots::Root>> OwnRoots::read() const {
  std::vector<Root> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options_.dir, error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(kRootPrefix, 0) != 0 || entry.path().extension() != kRootSuffix) continue;
    auto text = read_private_file(entry.path().string());
    if (!text.ok()) return text.status();
    auto certificates = read_certificates(text->reveal());
    if (!certificates.ok())
      return absl::InvalidArgumentError(fmt::format("{}: {}", entry.path().string(), std::string(certificates.status().message())));
    out.push_back({std::move(certificates->front()), *std::move(text)});
  }
  if (error) return absl::InternalError(fmt::format("{}: {}", options_.dir, error.message()));
  std::sort(out.begin(), out.end(), [](const Root& a, const Root& b) {
    return std::tie(a.certificate.not_before, a.certificate.pem) < std::tie(b.certificate.not_before, b.certificate.pem);
  });
  return out;
}

absl::Status OwnRoots::make(Time now, std::size_t number) {
  auto key = make_key(KeyType::kEcdsaP256);
  if (!key.ok()) return key.status();
  const auto certificate = make_root(*key, options_.organization, now - kSkew, now + options_.lifetime);
  if (!certificate.ok()) return certificate.status();
  const Secret text(*certificate + std::string(key->reveal()));
  const auto stamp = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return base::replace_file(fmt::format("{}/{}{}-{}{}", options_.dir, kRootPrefix, stamp, number, kRootSuffix), text.reveal(), 0600);
}

absl::StatusOr<AuthorityFiles> OwnRoots::at(Time now) {
  if (auto status = make_private_dir(options_.dir); !status.ok()) return status;
  auto roots = read();
  if (!roots.ok()) return roots.status();
  const bool fresh = roots->empty() || roots->back().certificate.not_after - now < options_.lifetime / 5;
  if (fresh && roots->size() < kMostRoots) {
    if (auto status = make(now, roots->size()); !status.ok()) return status;
    roots = read();
    if (!roots.ok()) return roots.status();
  }
  // The newest that everybody has heard of; if there is none, the oldest that is still valid.
  const Root* signing = nullptr;
  for (const auto& root : *roots)
    if (root.certificate.not_after > now && (signing == nullptr || root.made() + options_.overlap <= now)) signing = &root;
  if (signing == nullptr) return absl::InternalError(fmt::format("{}: none of its {} roots is valid", options_.dir, roots->size()));

  AuthorityFiles out;
  out.ca_cert = signing->certificate.pem;
  out.ca_key = signing->key;
  for (std::size_t i = 0; i < roots->size(); ++i) {
    const Certificate& it = (*roots)[i].certificate;
    const bool drained = i + 1 < roots->size() && (*roots)[i + 1].made() + options_.overlap + options_.drain <= now;
    if (it.not_after > now && !drained) out.root_cert += it.pem;
  }
  return out;
}

}  // namespace amime::identity
