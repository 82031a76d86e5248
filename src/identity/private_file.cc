#include "identity/private_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace amime::identity {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLongestFile = 1 << 20;

absl::Status said(const std::string& path, const std::error_code& error) {
  return absl::InternalError(fmt::format("{}: {}", path, error.message()));
}

}  // namespace

absl::StatusOr<Secret> read_private_file(const std::string& path, bool open_to_others) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return absl::NotFoundError(fmt::format("{}: no such file", path));
  if (error) return said(path, error);
  constexpr auto kOthers = fs::perms::group_all | fs::perms::others_all;
  if (!open_to_others && (status.permissions() & kOthers) != fs::perms::none)
    return absl::FailedPreconditionError(fmt::format("{}: holds a private key and is open to others; chmod 600", path));
  std::ifstream in(path, std::ios::binary);
  std::string text(kLongestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) return absl::InternalError(fmt::format("{}: cannot be read", path));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLongestFile) return absl::InvalidArgumentError(fmt::format("{}: longer than {} bytes", path, kLongestFile));
  return Secret(std::move(text));
}

absl::Status make_private_dir(const std::string& path) {
  std::error_code error;
  if (fs::create_directories(path, error); error) return said(path, error);
  if (fs::permissions(path, fs::perms::owner_all, error); error) return said(path, error);
  return absl::OkStatus();
}

}  // namespace amime::identity
