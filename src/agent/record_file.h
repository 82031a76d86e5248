// RecordFile: records appended to a file, each with its length and checksum. Written for one process at a time; one thread.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace amime::agent {

class RecordFile {
 public:
  RecordFile() = default;
  ~RecordFile();
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  // Opens or makes it (0600) and hands over each record with the place of its first byte; what follows a broken one is cut off.
  // `use` false: this record and what follows are not wanted, nor kept.
  absl::Status open(const std::string& path, const std::function<bool(std::string_view record, std::uint64_t offset)>& use);
  bool is_open() const { return fd_ >= 0; }

  // Where the record will begin; written by flush().
  std::uint64_t append(std::string_view record);
  absl::Status flush();
  std::string read(std::uint64_t offset, std::size_t size) const;  // also of what is not flushed; empty: it cannot be read
  std::uint64_t size() const { return end_ + pending_.size(); }

  // Becomes the file at `path`, which `other` (flushed) leaves: one is renamed over the other.
  absl::Status replace_by(RecordFile& other);
  void touch(std::int64_t seconds) const;  // its time of modification
  std::int64_t touched() const;            // 0: unknown

 private:
  void close();
  std::string path_;
  int fd_ = -1;
  std::uint64_t end_ = 0;
  std::string pending_;
};

}  // namespace amime::agent
