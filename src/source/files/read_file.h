// Reads a whole file as it was at one moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace amime::source::files {

// What tells one version of a file from another without reading it.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified = 0;  // ns since the epoch
  std::int64_t changed = 0;   // ns, of the inode
  bool operator==(const FileStamp&) const = default;
};

enum class ReadResult {
  kRead,
  kGone,    // no such file (any more)
  kMoving,  // was written or replaced while it was read, each of several times: try again later
  kFailed,  // no regular file, no permission, too long, ...: see the error
};
struct ReadOutcome {
  ReadResult result = ReadResult::kFailed;
  FileStamp stamp;
  std::string error;
};

// Never blocks on what is no regular file. `most`: bytes; longer files fail.
ReadOutcome read_file(const std::string& path, std::size_t most, std::string& text);

}  // namespace amime::source::files
