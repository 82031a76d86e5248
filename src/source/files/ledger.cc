#include "source/files/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace amime::source::files {

using mesh::ObjectKey;

namespace {

constexpr int kMostExtensions = 10;  // of a settling time, however long files keep vanishing

bool counted_kind(const ObjectKey& key) { return key.kind != mesh::Kind::kMeshConfig; }

}  // namespace

void Ledger::restore(const LastGoodRecord& record, mesh::ObjectPtr object, Time now) {
  Known& known = known_[record.key];
  if (!known.in_force && counted_kind(record.key)) ++in_force_;
  known.in_force = std::move(object);
  known.json = std::make_shared<const std::string>(record.json);
  known.origin = {record.file, record.line};
  restored_[record.file].insert(record.key);
  dirty_.insert(record.key);
  mark_gone(record.key, known, true, options_.settle, now);
}

void Ledger::spare(std::vector<LastGoodRecord> records, const ParseOptions& options) {
  spare_options_ = options;
  for (auto& record : records) spare_.emplace(record.key, std::move(record));
}

std::vector<mesh::Change> Ledger::before() const {
  std::vector<mesh::Change> out;
  if (spare_.empty()) return out;
  for (const auto& [key, record] : spare_) {
    const auto known = known_.find(key);
    if (known != known_.end() && known->second.in_force && known->second.json && *known->second.json == record.json) continue;
    if (auto object = object_of(record, spare_options_)) out.push_back({key, std::move(object)});
  }
  for (const auto& [key, known] : known_)
    if (known.in_force && key.kind != mesh::Kind::kSecret && !spare_.contains(key)) out.push_back({key, nullptr});
  return out;
}

void Ledger::use_spare(const ObjectKey& key, Known& known) {
  const auto found = spare_.find(key);
  if (known.in_force || found == spare_.end()) return;
  known.in_force = object_of(found->second, spare_options_);
  if (!known.in_force) return;
  known.json = std::make_shared<const std::string>(found->second.json);
  known.origin = {found->second.file, found->second.line};
  in_force_ += counted_kind(key);
  dirty_.insert(key);
}

void Ledger::index(const std::string& name, File& file) {
  for (std::size_t i = 0; i < file.parsed.objects.size(); ++i) {
    const ParsedObject& object = file.parsed.objects[i];
    const auto [first, fresh] = file.index.emplace(object.key, i);
    if (fresh) continue;
    const int line = file.parsed.objects[first->second].line;
    file.parsed.problems.push_back({Severity::kError,
                                    name,
                                    object.line,
                                    object.key,
                                    {},
                                    fmt::format("is defined twice; {}:{} is in force, being the first", name, line)});
  }
}

std::set<ObjectKey> Ledger::keys_of(const std::string& file) const {
  std::set<ObjectKey> keys;
  if (const auto found = files_.find(file); found != files_.end()) {
    keys = found->second.kept;
    for (const auto& [key, at] : found->second.index) keys.insert(key);
  }
  if (const auto found = restored_.find(file); found != restored_.end()) keys.insert(found->second.begin(), found->second.end());
  return keys;
}

void Ledger::update(const std::string& name, ParsedFile parsed, Time now) {
  File next;
  next.parsed = std::move(parsed);
  index(name, next);
  const bool empty = next.parsed.complete && next.parsed.objects.empty();
  if (!next.parsed.complete) keep(name, next);
  replace(name, std::move(next), empty, now);
}

// What a file had before and is now unreadable in it.
void Ledger::keep(const std::string& name, File& next) const {
  auto missing = [&](const ObjectKey& key) { return !next.index.contains(key); };
  for (const ObjectKey& key : keys_of(name))
    if (missing(key) && in_force(key)) next.kept.insert(key);
  for (const auto& [key, record] : spare_)
    if (record.file == name && missing(key) && !known_.contains(key)) next.kept.insert(key);
}

void Ledger::unreadable(const std::string& file, const std::string& why, Time now) {
  ParsedFile parsed;
  parsed.complete = false;
  parsed.problems.push_back({Severity::kError, file, 0, {}, {}, why});
  update(file, std::move(parsed), now);
}

void Ledger::remove(const std::string& file, Time now) {
  if (!files_.contains(file)) return;
  replace(file, File(), true, now);
  files_.erase(file);
}

void Ledger::replace(const std::string& name, File next, bool file_gone, Time now) {
  File& file = files_[name];
  const File before = std::exchange(file, std::move(next));
  const auto restored = restored_.extract(name);
  bool brings_new = false;
  file.each_key([&](const ObjectKey& key) {
    if (before.defines(key)) return;
    brings_new = true;
    known_[key].files.insert(name);
  });
  // A file that is rewritten with other objects is an edit; one that only shrinks may have been cut off.
  const bool counts = file_gone || !brings_new;
  const auto wait = file_gone ? options_.settle : options_.edit_settle;
  auto drop = [&](const ObjectKey& key) {
    if (!file.defines(key)) drop_from(name, key, counts, wait, now);
  };
  before.each_key(drop);
  if (!restored.empty()) std::for_each(restored.mapped().begin(), restored.mapped().end(), drop);
  if (file_gone) extend_waits(now);
  file.each_key([&](const ObjectKey& key) { settle(key, known_[key], now); });
}

void Ledger::drop_from(const std::string& name, const ObjectKey& key, bool counts, std::chrono::milliseconds wait, Time now) {
  const auto found = known_.find(key);
  if (found == known_.end()) return;
  Known& known = found->second;
  known.files.erase(name);
  if (known.files.empty())
    mark_gone(key, known, counts, wait, now);
  else
    settle(key, known, now);
}

void Ledger::mark_gone(const ObjectKey& key, Known& known, bool counts, std::chrono::milliseconds wait, Time now) {
  if (!known.in_force) {
    known_.erase(key);
    dirty_.erase(key);
    return;
  }
  if (!known.gone) known.since = now;
  known.gone = true;
  known.counts = counts && counted_kind(key);
  known.due = now + wait;
  gone_.insert(key);
}

// While files keep vanishing, none of theirs is dropped: the loss is judged as a whole.
void Ledger::extend_waits(Time now) {
  for (const ObjectKey& key : gone_) {
    Known& known = known_[key];
    if (known.counts) known.due = std::min(now + options_.settle, known.since + kMostExtensions * options_.settle);
  }
}

void Ledger::settle(const ObjectKey& key, Known& known, Time) {
  if (known.gone) {
    known.gone = false;
    gone_.erase(key);
  }
  const std::string& name = *known.files.begin();
  const File& file = files_[name];
  const auto at = file.index.find(key);
  if (at == file.index.end()) {
    use_spare(key, known);
    known.held = fmt::format("{} cannot be read", name);
    return;
  }
  const ParsedObject& object = file.parsed.objects[at->second];
  if (object.object) return put_in_force(known, object, name);
  use_spare(key, known);
  if (!known.in_force || known.stands_in) return put_stand_in(known, object, name);
  known.held = fmt::format("{}:{} has errors", name, object.line);
}

// Of what no good version is known a policy denies. It is no version to keep.
void Ledger::put_stand_in(Known& known, const ParsedObject& object, const std::string& file) {
  known.held.clear();
  known.json = nullptr;
  known.origin = {file, object.line};
  if (known.in_force == object.stand_in) return;
  in_force_ -= known.in_force != nullptr;
  known.in_force = object.stand_in;
  known.stands_in = known.in_force != nullptr;
  in_force_ += known.stands_in;
  dirty_.insert(object.key);
}

void Ledger::put_in_force(Known& known, const ParsedObject& object, const std::string& file) {
  known.held.clear();
  known.stands_in = false;
  known.json = object.json;
  known.origin = {file, object.line};
  if (known.in_force == object.object) return;
  if (!known.in_force && counted_kind(object.key)) ++in_force_;
  known.in_force = object.object;
  dirty_.insert(object.key);
}

bool Ledger::too_much(std::size_t vanished, std::size_t before) const {
  if (options_.allow_empty || vanished == 0) return false;
  if (vanished == before) return true;
  return before >= kShareMatters && static_cast<double>(vanished) > options_.max_delete_share * static_cast<double>(before);
}

void Ledger::judge(Time now, bool all) {
  std::size_t vanished = 0;
  bool due = all;
  for (const ObjectKey& key : gone_) {
    const Known& known = known_[key];
    vanished += known.counts;
    due |= known.due <= now;
  }
  if (!due || !directory_error_.empty()) {
    if (gone_.empty()) loss_.clear();
    return;
  }
  const bool lost = too_much(vanished, in_force_);
  loss_ = lost ? fmt::format("{} of {} objects vanished at once; they stay in force (--max-delete-share {}, --allow-empty to drop them)",
                             vanished, in_force_, options_.max_delete_share)
               : std::string();
  for (auto at = gone_.begin(); at != gone_.end();) {
    Known& known = known_[*at];
    if ((known.due > now && !all) || (lost && known.counts)) {
      ++at;
      continue;
    }
    known.in_force = nullptr;
    in_force_ -= counted_kind(*at);
    dirty_.insert(*at);
    at = gone_.erase(at);
  }
}

std::vector<mesh::Change> Ledger::take(Time now, bool all) {
  judge(now, all);
  std::vector<mesh::Change> changes;
  for (const ObjectKey& key : dirty_) {
    const auto at = known_.find(key);
    if (at == known_.end()) continue;
    Known& known = at->second;
    const bool same = known.in_force && known.emitted ? known.in_force->digest == known.emitted->digest : known.in_force == known.emitted;
    if (!same) changes.push_back({key, known.in_force});
    known.emitted = known.in_force;
    if (!known.in_force && known.files.empty()) known_.erase(at);
  }
  dirty_.clear();
  spare_.clear();
  return changes;
}

std::optional<Ledger::Time> Ledger::deadline() const {
  std::optional<Time> earliest;
  if (!directory_error_.empty()) return earliest;
  for (const ObjectKey& key : gone_) {
    const Known& known = known_.at(key);
    if (!loss_.empty() && known.counts) continue;  // until something else changes
    if (!earliest || known.due < *earliest) earliest = known.due;
  }
  return earliest;
}

}  // namespace amime::source::files
