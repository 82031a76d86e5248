#include "source/last_good.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "source/files/read_file.h"

namespace amime::source {
namespace {

using nlohmann::json;

absl::Status failed(const std::string& what) { return absl::InternalError(fmt::format("{}: {}", what, std::strerror(errno))); }

std::string to_line(const LastGoodRecord& record) {
  const json line = {{"kind", static_cast<int>(record.key.kind)},
                     {"namespace", record.key.ns},
                     {"name", record.key.name},
                     {"file", record.file},
                     {"line", record.line},
                     {"object", record.json}};
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

bool from_line(const std::string& text, LastGoodRecord& record) {
  const json line = json::parse(text, nullptr, false);
  if (!line.is_object()) return false;
  auto string = [&](const char* name) {
    return line.contains(name) && line[name].is_string() ? line[name].get<std::string>() : std::string();
  };
  const int kind = line.value("kind", json(-1)).is_number_integer() ? line["kind"].get<int>() : -1;
  if (kind < 0 || kind > static_cast<int>(mesh::Kind::kMeshConfig) || static_cast<mesh::Kind>(kind) == mesh::Kind::kSecret) return false;
  record.key = {static_cast<mesh::Kind>(kind), string("namespace"), string("name")};
  record.file = string("file");
  record.line = line.contains("line") && line["line"].is_number_integer() ? line["line"].get<int>() : 0;
  record.json = string("object");
  return !record.json.empty();
}

// Closes what it holds; a write that only close() finds out about is reported by sync before.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

}  // namespace

absl::Status LastGood::prepare() const {
  std::error_code error;
  std::filesystem::create_directories(state_dir_, error);
  if (error) return absl::InternalError(fmt::format("state directory {}: {}", state_dir_, error.message()));
  if (chmod(state_dir_.c_str(), 0700) != 0) return failed("state directory " + state_dir_);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<LastGoodRecord>> LastGood::load() {
  if (state_dir_.empty()) return std::vector<LastGoodRecord>();
  if (auto status = prepare(); !status.ok()) return status;
  std::string text;
  const auto read = files::read_file(path(), SIZE_MAX, text);
  if (read.result == files::ReadResult::kGone) return std::vector<LastGoodRecord>();
  if (read.result != files::ReadResult::kRead) return absl::InternalError(fmt::format("{}: {}", path(), read.error));
  stored_.clear();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    LastGoodRecord record;
    if (from_line(text.substr(at, end - at), record)) stored_.push_back(std::move(record));
    at = end + 1;
  }
  return stored_;
}

absl::Status LastGood::store(std::vector<LastGoodRecord> records) {
  std::erase_if(records, [](const LastGoodRecord& r) { return r.key.kind == mesh::Kind::kSecret || r.json.empty(); });
  if (state_dir_.empty() || records == stored_) return absl::OkStatus();
  std::string text;
  for (const auto& record : records) text += to_line(record);
  if (auto status = write(text); !status.ok()) return status;
  stored_ = std::move(records);
  return absl::OkStatus();
}

absl::Status LastGood::write(const std::string& text) const {
  if (auto status = prepare(); !status.ok()) return status;
  const std::string temporary = fmt::format("{}.{}", path(), getpid());
  {
    Descriptor file{open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (file.fd < 0) return failed(temporary);
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t written = ::write(file.fd, text.data() + at, text.size() - at);
      if (written < 0 && errno != EINTR) return failed(temporary);
      if (written > 0) at += static_cast<std::size_t>(written);
    }
    if (fsync(file.fd) != 0) return failed(temporary);
  }
  if (rename(temporary.c_str(), path().c_str()) != 0) return failed(path());
  Descriptor directory{open(state_dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.fd < 0 || fsync(directory.fd) != 0) return failed(state_dir_);
  return absl::OkStatus();
}

mesh::ObjectPtr object_of(const LastGoodRecord& record, const ParseOptions& options) {
  const bool mesh_config = record.key.kind == mesh::Kind::kMeshConfig;
  const ParsedFile parsed =
      mesh_config ? parse_mesh_config(record.json, record.file, options) : parse_documents(record.json, record.file, options);
  for (const auto& candidate : parsed.objects) {
    if (candidate.key != record.key || !candidate.object) continue;
    auto object = std::make_shared<mesh::Object>(*candidate.object);
    object->origin = {record.file, record.line};
    return object;
  }
  return nullptr;
}

}  // namespace amime::source
