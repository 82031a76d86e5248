#include "source/files/directory_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>
#include <vector>

#include "base/hash.h"
#include "source/files/stamp.h"

namespace amime::source::files {
namespace {

constexpr std::chrono::milliseconds kPutOff{15};
constexpr std::chrono::nanoseconds kJustWritten = std::chrono::milliseconds{15};
constexpr std::chrono::seconds kLongestWrite{30};
constexpr int kMostPutOffs = 20;  // then it is read as it is: its writer never rests

bool starts_with_any(const std::string& name, const std::set<std::string>& directories) {
  for (const auto& directory : directories)
    if (directory.ends_with('/') && name.starts_with(directory)) return true;
  return false;
}

}  // namespace

bool DirectoryReader::is_mesh_config(const std::string& name) const {
  if (options_.mesh_config_file.empty()) return false;
  struct stat a, b;
  return stat((options_.directory + "/" + name).c_str(), &a) == 0 && stat(options_.mesh_config_file.c_str(), &b) == 0 &&
         a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool DirectoryReader::just_written(const FileStamp& stamp) const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto age = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() - stamp.modified;
  return age >= 0 && age < kJustWritten.count();
}

void DirectoryReader::apply(const Scan& scan, Time now, bool patient) {
  ledger_.directory_lost(scan.error.empty() ? "" : fmt::format("{} cannot be read: {}", options_.directory, scan.error));
  if (!scan.error.empty()) return;
  forget(scan, now);
  note_unreadable(scan, now);
  for (const auto& [name, file] : scan.files) {
    const auto seen = seen_.find(name);
    if (seen != seen_.end() && seen->second.stamp == file.stamp) continue;
    if (late_.contains(name) || is_being_written(name, now)) continue;
    if (is_mesh_config(name)) continue;
    if (patient && !file.link && just_written(file.stamp)) {
      put_off(name, now);
    } else {
      read(name, now);
    }
  }
}

void DirectoryReader::forget(const Scan& scan, Time now) {
  std::set<std::string> unreadable;
  for (const auto& [name, why] : scan.unreadable) unreadable.insert(name);
  for (auto at = seen_.begin(); at != seen_.end();) {
    const std::string& name = at->first;
    if (scan.files.contains(name) || unreadable.contains(name) || starts_with_any(name, unreadable)) {
      ++at;
      continue;
    }
    ledger_.remove(name, now);
    at = seen_.erase(at);
  }
  for (const auto& name : broken_)
    if (!unreadable.contains(name) && !scan.files.contains(name)) ledger_.remove(name, now);
}

void DirectoryReader::note_unreadable(const Scan& scan, Time now) {
  broken_.clear();
  for (const auto& [name, why] : scan.unreadable) {
    ledger_.unreadable(name, why, now);
    broken_.insert(name);
    if (const auto seen = seen_.find(name); seen != seen_.end()) seen->second = Seen();
  }
}

bool DirectoryReader::is_being_written(const std::string& name, Time now) {
  const auto found = writing_.find(name);
  if (found == writing_.end()) return false;
  if (now - found->second < kLongestWrite) return true;
  writing_.erase(found);
  return false;
}

void DirectoryReader::file_changed(const std::string& name, Time now) {
  writing_.erase(name);
  if (!is_mesh_config(name)) read(name, now);
}

void DirectoryReader::put_off(const std::string& name, Time now) {
  Late& late = late_[name];
  late.due = now + kPutOff;
  ++late.times;
}

void DirectoryReader::read(const std::string& name, Time now) {
  std::string text;
  const auto outcome = read_file(options_.directory + "/" + name, options_.parse.limits.bytes, text);
  const auto late = late_.find(name);
  const bool wait = late == late_.end() || late->second.times < kMostPutOffs;
  if (outcome.result == ReadResult::kMoving && wait) return put_off(name, now);
  late_.erase(name);
  if (outcome.result == ReadResult::kGone) {
    seen_.erase(name);
    return ledger_.remove(name, now);
  }
  if (outcome.result == ReadResult::kFailed) {
    seen_[name] = {outcome.stamp, 0, false, {}};
    return ledger_.unreadable(name, outcome.error, now);
  }
  Seen& seen = seen_[name];
  const std::uint64_t content = base::hash64(text);
  const bool same = seen.readable && seen.content == content;
  seen.stamp = outcome.stamp;
  seen.content = content;
  seen.readable = true;
  if (!same) ledger_.update(name, parse_documents(text, name, options_.parse, &seen.documents), now);
}

void DirectoryReader::mesh_config_changed(Time now) {
  if (!options_.mesh_config_file.empty()) read_mesh_config(now);
}

// A configuration of the mesh that disappears is no wish for Istio's defaults: the last one stays.
void DirectoryReader::read_mesh_config(Time now) {
  const std::string& path = options_.mesh_config_file;
  std::string text;
  const auto outcome = read_file(path, options_.parse.limits.bytes, text);
  if (outcome.result == ReadResult::kMoving) return put_off(path, now);
  late_.erase(path);
  if (outcome.result != ReadResult::kRead) {
    mesh_config_readable_ = false;
    return ledger_.unreadable(path, outcome.error, now);
  }
  const std::uint64_t content = base::hash64(text);
  if (std::exchange(mesh_config_known_, true) && mesh_config_content_ == content && mesh_config_readable_) return;
  mesh_config_content_ = content;
  mesh_config_readable_ = true;
  ledger_.update(path, parse_mesh_config(text, path, options_.parse), now);
}

void DirectoryReader::read_late(Time now) {
  std::vector<std::string> due;
  for (const auto& [name, late] : late_)
    if (late.due <= now) due.push_back(name);
  for (const auto& name : due) {
    if (name == options_.mesh_config_file) {
      read_mesh_config(now);
      continue;
    }
    struct stat s;
    Late& late = late_[name];
    if (late.times < kMostPutOffs && stat((options_.directory + "/" + name).c_str(), &s) == 0 && just_written(stamp_of(s)))
      put_off(name, now);
    else
      read(name, now);
  }
}

std::optional<DirectoryReader::Time> DirectoryReader::deadline() const {
  std::optional<Time> earliest;
  for (const auto& [name, late] : late_)
    if (!earliest || late.due < *earliest) earliest = late.due;
  return earliest;
}

}  // namespace amime::source::files
