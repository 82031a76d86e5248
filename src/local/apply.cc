#include "local/apply.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "base/atomic_file.h"
#include "base/hash.h"
#include "local/dry_run.h"
#include "local/status.h"
#include "source/files/read_file.h"
#include "source/parse.h"

namespace amime::local {
namespace {

namespace fs = std::filesystem;

// A file as it was before it was written; no content: it was not there.
struct Before {
  fs::path path;
  std::optional<std::string> content;
};

absl::StatusOr<std::string> read_file(const fs::path& path) {
  std::string text;
  const auto read = source::files::read_file(path, SIZE_MAX, text);
  if (read.result != source::files::ReadResult::kRead)
    return absl::InvalidArgumentError(fmt::format("{} cannot be read: {}", path.string(), read.error));
  return text;
}

absl::Status write_file(const fs::path& path, const std::string& content) { return base::replace_file(path, content, 0666); }

bool is_config(const fs::path& path) {
  const auto extension = path.extension();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

absl::StatusOr<std::vector<fs::path>> files_of(const std::vector<std::string>& named) {
  std::vector<fs::path> out;
  for (const fs::path path : named) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      out.push_back(path);
      continue;
    }
    for (const auto& entry : fs::directory_iterator(path))
      if (entry.is_regular_file() && is_config(entry.path())) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  if (out.empty()) return absl::InvalidArgumentError("there is no YAML or JSON file");
  return out;
}

struct Loaded {
  fs::path path;
  std::string content;
  std::vector<source::ParsedObject> objects;
};

// Reads and checks all before anything is written.
absl::StatusOr<std::vector<Loaded>> load(const std::vector<fs::path>& files) {
  std::vector<Loaded> out;
  std::string problems;
  for (const auto& path : files) {
    auto content = read_file(path);
    if (!content.ok()) return content.status();
    auto parsed = source::parse_documents(*content, path.string(), {});
    for (const auto& problem : parsed.problems)
      if (problem.severity == source::Severity::kError) problems += "\n  " + source::to_string(problem);
    out.push_back({path, std::move(*content), std::move(parsed.objects)});
  }
  if (!problems.empty()) return absl::InvalidArgumentError("nothing was written:" + problems);
  return out;
}

std::vector<Wanted> objects_of(const std::vector<Loaded>& files) {
  std::vector<Wanted> out;
  for (const auto& file : files)
    for (const auto& object : file.objects)
      out.push_back({fmt::format("{}/{}/{}", mesh::kind_name(object.key.kind), object.key.ns, object.key.name),
                     object.object ? base::hex64(object.object->digest) : std::string()});
  return out;
}

// What the files of these names have now and will not have then.
std::vector<mesh::ObjectKey> leaving(const std::vector<Loaded>& files, const fs::path& directory) {
  std::vector<mesh::ObjectKey> out;
  std::set<mesh::ObjectKey> stay;
  for (const auto& file : files)
    for (const auto& object : file.objects) stay.insert(object.key);
  for (const auto& file : files) {
    const auto content = read_file(directory / file.path.filename());
    if (!content.ok()) continue;
    for (const auto& object : source::parse_documents(*content, file.path.string(), {}).objects)
      if (!stay.contains(object.key)) out.push_back(object.key);
  }
  return out;
}

absl::Status rehearse(const ApplyOptions& options, const std::vector<Loaded>& files) {
  DryRun asked{options.monitoring_address, "", leaving(files, options.config_dir), options.verbose};
  for (const auto& file : files) {
    std::error_code error;
    const bool there = fs::exists(fs::path(options.config_dir) / file.path.filename(), error);
    fmt::print("{} {} (dry run)\n", file.path.filename().string(), there ? "configured" : "created");
    asked.objects += file.content + "\n---\n";
  }
  return dry_run(asked);
}

absl::Status put(const std::vector<Loaded>& files, const fs::path& directory, std::vector<Before>* before) {
  for (const auto& file : files) {
    const fs::path target = directory / file.path.filename();
    std::error_code error;
    std::optional<std::string> had;
    if (fs::exists(target, error)) {
      auto content = read_file(target);
      if (!content.ok()) return content.status();
      had = std::move(*content);
    }
    before->push_back({target, std::move(had)});
    if (auto status = write_file(target, file.content); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void put_back(const std::vector<Before>& before) {
  for (const auto& file : before) {
    std::error_code error;
    if (!file.content)
      fs::remove(file.path, error);
    else if (auto status = write_file(file.path, *file.content); !status.ok())
      fmt::print(stderr, "{}\n", std::string(status.message()));
  }
}

}  // namespace

absl::Status run_apply(const ApplyOptions& options) {
  const auto files = files_of(options.files);
  if (!files.ok()) return files.status();
  const auto loaded = load(*files);
  if (!loaded.ok()) return loaded.status();
  if (options.dry_run) return rehearse(options, *loaded);
  std::vector<Before> before;
  if (auto status = put(*loaded, options.config_dir, &before); !status.ok()) {
    put_back(before);
    return status;
  }
  for (const auto& file : before) fmt::print("{} {}\n", file.path.filename().string(), file.content ? "configured" : "created");
  if (!options.wait) return absl::OkStatus();
  const auto status = wait_in_force(options.monitoring_address, objects_of(*loaded), options.timeout);
  const bool back =
      (absl::IsAborted(status) && options.rollback_on != "never") || (absl::IsDeadlineExceeded(status) && options.rollback_on == "timeout");
  if (!back) return status;
  put_back(before);
  return absl::Status(status.code(), fmt::format("{}\nthe previous files were put back", std::string(status.message())));
}

}  // namespace amime::local
