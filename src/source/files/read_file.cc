#include "source/files/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "source/files/stamp.h"

namespace amime::source::files {
namespace {

constexpr int kAttempts = 3;

ReadOutcome failure() {
  ReadOutcome out;
  out.result = errno == ENOENT || errno == ENOTDIR ? ReadResult::kGone : ReadResult::kFailed;
  out.error = std::strerror(errno);
  return out;
}

bool read_all(int fd, std::size_t size, std::string& text) {
  text.resize(size + 1);  // one more, to notice growth
  std::size_t at = 0;
  while (at < text.size()) {
    const ssize_t got = read(fd, text.data() + at, text.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  text.resize(at);
  return true;
}

ReadOutcome read_once(int fd, const std::string& path, std::size_t most, std::string& text) {
  struct stat before, after;
  if (fstat(fd, &before) != 0) return failure();
  ReadOutcome out;
  if (!S_ISREG(before.st_mode)) {
    out.error = "is no regular file";
    return out;
  }
  if (static_cast<std::size_t>(before.st_size) > most) {
    out.error = fmt::format("is longer than {} bytes", most);
    return out;
  }
  if (!read_all(fd, static_cast<std::size_t>(before.st_size), text)) return failure();
  // The path again: by a rename it may be another file by now.
  if (stat(path.c_str(), &after) != 0) return failure();
  out.stamp = stamp_of(before);
  const bool whole = text.size() == static_cast<std::size_t>(before.st_size);
  out.result = whole && stamp_of(after) == out.stamp ? ReadResult::kRead : ReadResult::kMoving;
  return out;
}

}  // namespace

FileStamp stamp_of(const struct stat& s) {
  auto nanoseconds = [](const timespec& t) { return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec; };
  return {s.st_dev, s.st_ino, s.st_size, nanoseconds(s.st_mtim), nanoseconds(s.st_ctim)};
}

ReadOutcome read_file(const std::string& path, std::size_t most, std::string& text) {
  ReadOutcome out;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return failure();
    out = read_once(fd, path, most, text);
    close(fd);
    if (out.result != ReadResult::kMoving) return out;
  }
  return out;
}

}  // namespace amime::source::files
