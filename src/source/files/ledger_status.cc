// What the ledger reports: problems, held objects, policies that block, and the record to keep.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "source/files/ledger.h"
#include "source/kinds.h"

namespace amime::source::files {

using mesh::ObjectKey;

void Ledger::fill_duplicates(SourceStatus& status) const {
  for (const auto& [key, known] : known_) {
    if (known.files.size() < 2) continue;
    auto line_in = [&](const std::string& file) {
      const File& f = files_.at(file);
      const auto at = f.index.find(key);
      return at == f.index.end() ? 0 : f.parsed.objects[at->second].line;
    };
    const std::string& first = *known.files.begin();
    for (auto file = std::next(known.files.begin()); file != known.files.end(); ++file)
      status.problems.push_back(
          {Severity::kError,
           *file,
           line_in(*file),
           key,
           {},
           fmt::format("is also defined in {}:{}, which is in force, being the first file by name", first, line_in(first))});
  }
}

// Security policies fail closed: one that should be there and of which no version is known keeps the source from being ready.
void Ledger::fill_policies(SourceStatus& status) const {
  for (const auto& [key, known] : known_)
    if (is_security_policy(key.kind) && !known.in_force && !known.files.empty())
      status.blocking.push_back(fmt::format("{} in {} has errors and no last good version", to_string(key), *known.files.begin()));
  for (const auto& [name, file] : files_) {
    if (!file.parsed.unreadable_policy) continue;
    auto policy = [](const ObjectKey& key) { return is_security_policy(key.kind); };
    if (std::none_of(file.kept.begin(), file.kept.end(), policy))
      status.blocking.push_back(fmt::format("{} seems to hold a security policy that cannot be read and has no last good version", name));
  }
}

void Ledger::fill(SourceStatus& status) const {
  status.files = files_.size();
  for (const auto& [name, file] : files_) {
    status.problems.insert(status.problems.end(), file.parsed.problems.begin(), file.parsed.problems.end());
    for (const auto& [kind, count] : file.parsed.unknown_kinds) status.unknown_kinds[kind] += count;
  }
  const bool all_held = !directory_error_.empty();
  for (const auto& [key, known] : known_) {
    if (!known.in_force) continue;
    ++status.objects;
    if (!known.held.empty() && !known.gone)
      status.held.push_back({key, known.origin.file, known.held});
    else if (known.gone && known.counts && (all_held || !loss_.empty()))
      status.held.push_back({key, known.origin.file, "vanished, but its source counts as lost"});
  }
  fill_duplicates(status);
  fill_policies(status);
  std::stable_sort(status.problems.begin(), status.problems.end(),
                   [](const Problem& a, const Problem& b) { return std::tie(a.file, a.line) < std::tie(b.file, b.line); });
  status.lost = all_held ? directory_error_ : loss_;
}

std::vector<LastGoodRecord> Ledger::to_record() const {
  std::vector<LastGoodRecord> records;
  const bool all = !directory_error_.empty();
  for (const auto& [key, known] : known_) {
    if (!known.in_force || key.kind == mesh::Kind::kSecret || !known.json) continue;
    const bool lost = known.gone && known.counts && !loss_.empty();
    if (all || lost || (!known.held.empty() && !known.gone)) records.push_back({key, *known.json, known.origin.file, known.origin.line});
  }
  return records;
}

}  // namespace amime::source::files
