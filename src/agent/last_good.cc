#include "agent/last_good.h"

#include <utility>
#include <vector>

#include "agent/types.h"
#include "base/log.h"
#include "base/wire.h"
#include "identity/private_file.h"

namespace amime::agent {
namespace {

constexpr std::string_view kLastGoodLog = "lastgood";
constexpr std::uint64_t kSpare = 1 << 20;  // so much that is old is not worth writing the rest anew
enum RecordField : std::uint32_t { kType = 1, kName = 2, kVersion = 3, kResource = 4, kRemoved = 5, kBoundTo = 6 };

// A resource that carries one is remembered by name only, whatever its type.
bool holds_a_private_key(std::string_view resource) { return resource.find("PRIVATE KEY-----") != std::string_view::npos; }

std::string record_of(std::string_view type, std::string_view name, std::string_view version) {
  std::string out;
  base::append_bytes(out, kType, type);
  base::append_bytes(out, kName, name);
  if (!version.empty()) base::append_bytes(out, kVersion, version);
  return out;
}

std::string removal(std::string_view type, std::string_view name) {
  std::string out = record_of(type, name, {});
  base::append_number(out, kRemoved, 1);
  return out;
}

std::string bound_record(const std::string& text) {
  std::string out;
  base::append_bytes(out, kBoundTo, text);
  return out;
}

}  // namespace

absl::Status LastGood::load() {
  if (options_.dir.empty()) return absl::OkStatus();
  if (auto status = identity::make_private_dir(options_.dir); !status.ok()) return status;
  const auto bound = bound_record(options_.bound_to);
  bool first = true;
  auto status = file_.open(options_.dir + "/resources", [&](std::string_view record, std::uint64_t offset) {
    if (std::exchange(first, false)) return record == bound;
    take(record, offset);
    return true;
  });
  if (!status.ok()) return status;
  if (file_.size() == 0) {
    file_.append(bound);
    return file_.flush();
  }
  confirmed_ = std::chrono::system_clock::from_time_t(file_.touched());
  base::log_info(kLastGoodLog, "{} resources of the last good configuration are here", size());
  return absl::OkStatus();
}

void LastGood::take(std::string_view record, std::uint64_t offset) {
  std::string_view type, name, version, resource;
  bool removed = false;
  base::WireReader reader(record);
  while (reader.next()) switch (reader.field()) {
      case kType: type = reader.bytes(); break;
      case kName: name = reader.bytes(); break;
      case kVersion: version = reader.bytes(); break;
      case kResource: resource = reader.bytes(); break;
      case kRemoved: removed = true; break;
      default: break;
    }
  auto& entries = table(type);
  if (const auto it = entries.find(name); it != entries.end()) {
    live_ -= it->second.size;
    entries.erase(it);
  }
  if (removed) return;
  live_ += resource.size();
  const auto at = resource.empty() ? 0 : offset + static_cast<std::uint64_t>(resource.data() - record.data());
  entries.emplace(name, Entry{std::string(version), at, static_cast<std::uint32_t>(resource.size()), 0});
}

bool LastGood::has(std::string_view type, std::string_view name) const {
  const auto entries = tables_.find(type);
  if (entries == tables_.end()) return false;
  const auto it = entries->second.find(name);
  return it != entries->second.end() && has(it->second);
}

LastGood::Table& LastGood::table(std::string_view type) {
  const auto it = tables_.find(type);
  return it != tables_.end() ? it->second : tables_[std::string(type)];
}

void LastGood::put(std::string_view type, std::string_view name, std::string_view version, std::string_view resource) {
  auto& entries = table(type);
  auto it = entries.find(name);
  if (it == entries.end()) it = entries.emplace(name, Entry{}).first;
  Entry& entry = it->second;
  entry.session = session_;
  if (!version.empty() && entry.version == version && (entry.size > 0 || resource.empty())) return;  // it is here
  entry.version = version;
  const bool was_on_disk = entry.size > 0;
  live_ -= entry.size;
  entry.size = 0;
  if (type == kSecretType || holds_a_private_key(resource)) resource = {};
  if (was_on_disk && resource.empty()) file_.append(removal(type, name));
  if (!file_.is_open() || resource.empty()) return;
  std::string record = record_of(type, name, version);
  base::append_prefix(record, kResource, resource.size());
  const std::size_t before = record.size();
  record.append(resource);
  entry.offset = file_.append(record) + before;
  entry.size = static_cast<std::uint32_t>(resource.size());
  live_ += entry.size;
}

void LastGood::remove(std::string_view type, std::string_view name) {
  auto& entries = table(type);
  const auto it = entries.find(name);
  if (it == entries.end()) return;
  const bool on_disk = it->second.size > 0;
  live_ -= it->second.size;
  entries.erase(it);
  if (!on_disk) return;
  file_.append(removal(type, name));
}

void LastGood::forget_others(std::string_view type) {
  std::vector<std::string> old;
  for (const auto& [name, entry] : table(type))
    if (!has(entry)) old.push_back(name);
  for (const auto& name : old) remove(type, name);
}

void LastGood::flush() {
  if (!file_.is_open()) return;
  if (auto status = file_.flush(); !status.ok())
    base::log_error(kLastGoodLog, "the last good configuration is not kept: {}", std::string(status.message()));
  if (file_.size() > 2 * live_ + kSpare) compact();
}

void LastGood::compact() {
  RecordFile fresh;
  auto status = fresh.open(options_.dir + "/resources.new", [](std::string_view, std::uint64_t) { return false; });
  if (!status.ok()) return base::log_error(kLastGoodLog, "{}", std::string(status.message()));
  fresh.append(bound_record(options_.bound_to));
  std::vector<std::pair<Entry*, std::uint64_t>> moved;
  for (auto& [type, entries] : tables_)
    for (auto& [name, entry] : entries) {
      if (entry.size == 0) continue;
      std::string record = record_of(type, name, entry.version);
      base::append_prefix(record, kResource, entry.size);
      const std::size_t before = record.size();
      record += read(entry);
      moved.emplace_back(&entry, fresh.append(record) + before);
      if (status = fresh.flush(); !status.ok()) return base::log_error(kLastGoodLog, "{}", std::string(status.message()));
    }
  if (status = file_.replace_by(fresh); !status.ok()) return base::log_error(kLastGoodLog, "{}", std::string(status.message()));
  for (auto& [entry, offset] : moved) entry->offset = offset;
}

void LastGood::for_each(std::string_view type, const std::function<void(const std::string&, Entry&)>& use) {
  for (auto& [name, entry] : table(type)) use(name, entry);
}

std::string LastGood::read(const Entry& entry) const { return entry.size ? file_.read(entry.offset, entry.size) : std::string(); }

void LastGood::confirm(Time now) {
  confirmed_ = now;
  file_.touch(std::chrono::system_clock::to_time_t(now));
}

std::size_t LastGood::size() const {
  std::size_t out = 0;
  for (const auto& [type, entries] : tables_) out += entries.size();
  return out;
}

}  // namespace amime::agent
