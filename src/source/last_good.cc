#include "source/last_good.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/hash.h"
#include "source/files/read_file.h"

namespace amime::source {
namespace {

using nlohmann::json;

absl::Status failed(const std::string& what) { return absl::InternalError(fmt::format("{}: {}", what, std::strerror(errno))); }

std::string to_line(const LastGoodRecord& record) {
  const json line = {{"kind", mesh::kind_name(record.key.kind)},
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
  const auto kind = mesh::kind_named(string("kind"));
  if (!kind || kind == mesh::Kind::kSecret) return false;
  record.key = {*kind, string("namespace"), string("name")};
  record.file = string("file");
  record.line = line.contains("line") && line["line"].is_number_integer() ? line["line"].get<int>() : 0;
  record.json = string("object");
  return !record.json.empty();
}

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
  std::vector<LastGoodRecord> records;
  stored_ = base::hash64(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    LastGoodRecord record;
    if (from_line(text.substr(at, end - at), record)) records.push_back(std::move(record));
    at = end + 1;
  }
  return records;
}

absl::Status LastGood::store(std::vector<LastGoodRecord> records) {
  std::erase_if(records, [](const LastGoodRecord& r) { return r.key.kind == mesh::Kind::kSecret || r.json.empty(); });
  if (state_dir_.empty()) return absl::OkStatus();
  std::string text;
  for (const auto& record : records) text += to_line(record);
  const std::uint64_t content = text.empty() ? 0 : base::hash64(text);  // 0: as if the file were not there
  if (content == stored_) return absl::OkStatus();
  if (auto status = prepare(); !status.ok()) return status;
  if (auto status = base::replace_file(path(), text, 0600); !status.ok()) return status;
  stored_ = content;
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
