#include "identity/join_tokens.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>

#include "base/atomic_file.h"
#include "identity/private_file.h"

namespace amime::identity {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTokenPrefix = "amime-join.";
constexpr std::size_t kIdLetters = 16, kSecretLetters = 64;
constexpr auto kLongestTtl = std::chrono::hours(24) * 30;

bool is_hex(std::string_view text, std::size_t letters) {
  return text.size() == letters &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

absl::StatusOr<std::string> random_letters(std::size_t letters) {
  std::string bytes(letters / 2, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
    return absl::InternalError("no random bytes are to be had");
  return absl::BytesToHexString(bytes);
}

// What stands on disk for the secret: 256 random bits need no salt and no slow hash.
std::string digest_of(std::string_view secret) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(secret.data(), secret.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(), nullptr);
  digest.resize(size);
  return absl::BytesToHexString(digest);
}

struct Stored {
  JoinTokens::Entry entry;
  Secret digest;  // compared in constant time
};
// Three lines: whose, until when (seconds since 1970), the digest.
std::string text_of(const JoinTokens::Entry& entry, std::string_view digest) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(entry.expires.time_since_epoch()).count();
  return fmt::format("{}\n{}\n{}\n", to_string(entry.workload), seconds, digest);
}
absl::StatusOr<Stored> read_stored(const std::string& dir, std::string_view id) {
  const std::string path = fmt::format("{}/{}", dir, id);
  const auto text = read_private_file(path);
  if (!text.ok()) return text.status();
  std::istringstream in{std::string(text->reveal())};
  std::string whose, digest;
  std::int64_t seconds = 0;
  in >> whose >> seconds >> digest;
  const auto workload = parse_workload(whose);
  if (!in || !workload || !is_hex(digest, 64)) return absl::InvalidArgumentError(path + ": is no join token of ours");
  return Stored{{std::string(id), *workload, std::chrono::system_clock::from_time_t(seconds)}, Secret(digest)};
}

struct Parts {
  std::string_view id, secret;
};
std::optional<Parts> parts_of(std::string_view token) {
  if (!JoinTokens::is_one(token)) return std::nullopt;
  const auto rest = token.substr(kTokenPrefix.size());
  const auto dot = rest.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const Parts out{rest.substr(0, dot), rest.substr(dot + 1)};
  if (!is_hex(out.id, kIdLetters) || !is_hex(out.secret, kSecretLetters)) return std::nullopt;
  return out;
}

absl::Status unknown() { return absl::UnauthenticatedError("the join token is unknown, used up, revoked or expired"); }

}  // namespace

bool JoinTokens::is_one(std::string_view token) { return token.substr(0, kTokenPrefix.size()) == kTokenPrefix; }

absl::StatusOr<JoinTokens::Created> JoinTokens::create(const Workload& workload, std::chrono::seconds ttl, Time now) const {
  if (!parse_workload(to_string(workload)))
    return absl::InvalidArgumentError(fmt::format("\"{}\" is no NAMESPACE/SERVICE_ACCOUNT", to_string(workload)));
  if (ttl <= std::chrono::seconds(0) || ttl > kLongestTtl) return absl::InvalidArgumentError("a token is good for 1 second to 30 days");
  if (auto status = make_private_dir(dir_); !status.ok()) return status;
  auto id = random_letters(kIdLetters), secret = random_letters(kSecretLetters);
  if (!id.ok() || !secret.ok()) return id.ok() ? secret.status() : id.status();
  Created out{{*id, workload, now + ttl}, Secret(fmt::format("{}{}.{}", kTokenPrefix, *id, *secret))};
  if (auto status = base::replace_file(fmt::format("{}/{}", dir_, *id), text_of(out.entry, digest_of(*secret)), 0600); !status.ok())
    return status;
  return out;
}

absl::StatusOr<JoinTokens::Entry> JoinTokens::look(std::string_view token, Time now) const {
  const auto parts = parts_of(token);
  if (!parts) return unknown();
  auto stored = read_stored(dir_, parts->id);
  if (!stored.ok()) return unknown();
  if (!(Secret(digest_of(parts->secret)) == stored->digest) || stored->entry.expires <= now) return unknown();
  return std::move(stored->entry);
}

absl::StatusOr<JoinTokens::Entry> JoinTokens::use(std::string_view token, Time now) const {
  auto entry = look(token, now);
  if (!entry.ok()) return entry;
  // Of several who show it at once, one succeeds in this.
  const std::string path = fmt::format("{}/{}", dir_, entry->id);
  if (::unlink(path.c_str()) != 0) return unknown();
  return entry;
}

absl::StatusOr<std::vector<JoinTokens::Entry>> JoinTokens::list() const {
  std::vector<Entry> out;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(dir_, error)) {
    const std::string id = file.path().filename().string();
    if (!is_hex(id, kIdLetters)) continue;
    if (auto stored = read_stored(dir_, id); stored.ok()) out.push_back(std::move(stored->entry));
  }
  if (error && error != std::errc::no_such_file_or_directory) return absl::InternalError(fmt::format("{}: {}", dir_, error.message()));
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return std::tie(a.expires, a.id) < std::tie(b.expires, b.id); });
  return out;
}

absl::Status JoinTokens::revoke(std::string_view id) const {
  const bool known = is_hex(id, kIdLetters) && ::unlink(fmt::format("{}/{}", dir_, id).c_str()) == 0;
  return known ? absl::OkStatus() : absl::NotFoundError(fmt::format("no join token {}", id));
}

}  // namespace amime::identity
