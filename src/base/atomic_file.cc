#include "base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace amime::base {
namespace {

absl::Status failed(const std::string& what) { return absl::InternalError(fmt::format("{}: {}", what, std::strerror(errno))); }

// Closes what it holds; a write that only close() finds out about is reported by sync before.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

absl::Status write_new(const std::string& path, std::string_view content, unsigned mode) {
  const Descriptor file{open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)};
  if (file.fd < 0) return failed(path);
  for (std::size_t at = 0; at < content.size();) {
    const ssize_t written = ::write(file.fd, content.data() + at, content.size() - at);
    if (written < 0 && errno != EINTR) return failed(path);
    if (written > 0) at += static_cast<std::size_t>(written);
  }
  return fsync(file.fd) == 0 ? absl::OkStatus() : failed(path);
}

}  // namespace

absl::Status replace_file(const std::string& path, std::string_view content, unsigned mode) {
  const std::string temporary = fmt::format("{}.{}", path, getpid());
  auto status = write_new(temporary, content, mode);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) status = failed(path);
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  const auto slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor directory{open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.fd < 0 || fsync(directory.fd) != 0) return failed(parent);
  return absl::OkStatus();
}

}  // namespace amime::base
