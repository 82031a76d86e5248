#include "agent/record_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/hash.h"

namespace amime::agent {
namespace {

struct RecordHead {
  std::uint64_t checksum;
  std::uint64_t size;
};
constexpr std::uint64_t kLongestRecord = 64 << 20;

absl::Status file_error(const std::string& path) { return absl::InternalError(fmt::format("{}: {}", path, std::strerror(errno))); }

bool read_all(int fd, void* into, std::size_t size, std::uint64_t offset) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = pread(fd, static_cast<char*>(into) + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

RecordFile::~RecordFile() { close(); }

void RecordFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

absl::Status RecordFile::open(const std::string& path, const std::function<bool(std::string_view, std::uint64_t)>& use) {
  close();
  path_ = path;
  pending_.clear();
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) return file_error(path);
  fchmod(fd_, 0600);
  const auto modified = touched();
  RecordHead head;
  std::string record;
  for (end_ = 0; read_all(fd_, &head, sizeof head, end_) && head.size <= kLongestRecord;) {
    record.resize(head.size);
    if (!read_all(fd_, record.data(), head.size, end_ + sizeof head) || base::hash64(record) != head.checksum) break;
    if (!use(record, end_ + sizeof head)) break;
    end_ += sizeof head + head.size;
  }
  if (ftruncate(fd_, static_cast<off_t>(end_)) != 0) return file_error(path);
  touch(modified);  // cutting it off changed when it counts as confirmed
  return absl::OkStatus();
}

std::uint64_t RecordFile::append(std::string_view record) {
  const RecordHead head{base::hash64(record), record.size()};
  pending_.append(reinterpret_cast<const char*>(&head), sizeof head);
  const std::uint64_t begins = size();
  pending_.append(record);
  return begins;
}

absl::Status RecordFile::flush() {
  for (std::size_t done = 0; done < pending_.size();) {
    const ssize_t count = pwrite(fd_, pending_.data() + done, pending_.size() - done, static_cast<off_t>(end_ + done));
    if (count < 0 && errno != EINTR) return file_error(path_);
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  end_ += pending_.size();
  pending_ = {};
  return absl::OkStatus();
}

std::string RecordFile::read(std::uint64_t offset, std::size_t size) const {
  if (offset >= end_) return pending_.substr(std::min<std::size_t>(offset - end_, pending_.size()), size);
  std::string out(size, '\0');
  return fd_ >= 0 && read_all(fd_, out.data(), size, offset) ? out : std::string();
}

absl::Status RecordFile::replace_by(RecordFile& other) {
  if (rename(other.path_.c_str(), path_.c_str()) != 0) return file_error(path_);
  close();
  fd_ = std::exchange(other.fd_, -1);
  end_ = other.end_;
  return absl::OkStatus();
}

void RecordFile::touch(std::int64_t seconds) const {
  const timespec times[2] = {{0, UTIME_OMIT}, {seconds, 0}};
  if (fd_ >= 0) futimens(fd_, times);
}

std::int64_t RecordFile::touched() const {
  struct stat facts {};
  return fd_ >= 0 && fstat(fd_, &facts) == 0 ? facts.st_mtim.tv_sec : 0;
}

}  // namespace amime::agent
