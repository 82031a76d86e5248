#include "local/in_force_state.h"

#include <absl/strings/numbers.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/atomic_file.h"
#include "base/hash.h"
#include "base/log.h"
#include "local/object_json.h"
#include "source/files/read_file.h"

namespace amime::local {
namespace {

constexpr std::string_view kLog = "serve";

// Empty: not kept.
std::string json_of(const mesh::Object& object) {
  if (object.derived) return "";  // comes of what is kept
  const auto json = object_json(object);
  return json.is_null() ? "" : json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string line_of(const mesh::Verdict& verdict) {
  const nlohmann::json line = {{"kind", mesh::kind_name(verdict.key.kind)},
                               {"namespace", verdict.key.ns},
                               {"name", verdict.key.name},
                               {"digest", base::hex64(verdict.digest)},
                               {"reason", verdict.reason}};
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

bool read_line(const std::string& text, mesh::Verdict& verdict) {
  const auto line = nlohmann::json::parse(text, nullptr, false);
  if (!line.is_object()) return false;
  const auto string = [&](const char* name) {
    return line.contains(name) && line[name].is_string() ? line[name].get<std::string>() : std::string();
  };
  const auto kind = mesh::kind_named(string("kind"));
  if (!kind) return false;
  verdict.key = {*kind, string("namespace"), string("name")};
  verdict.reason = string("reason");
  return absl::SimpleHexAtoi(string("digest"), &verdict.digest);
}

}  // namespace

delivery::EngineSourceOptions InForceState::options(const mesh::HoldOptions& holds) {
  delivery::EngineSourceOptions out{.holds = holds, .before = {}};
  auto records = record_.load();
  if (!records.ok()) {
    base::log_error(kLog, "{}", std::string(records.status().message()));
    return out;
  }
  for (const auto& record : *records)
    if (auto object = source::object_of(record, {})) out.before.in_force.push_back(std::move(object));
  out.before.verdicts = kept_ = load_verdicts();
  out.keep = [this](const delivery::InForceRecord& record) { keep(record); };
  return out;
}

// A line that is not readable is left out.
std::vector<mesh::Verdict> InForceState::load_verdicts() const {
  std::vector<mesh::Verdict> out;
  std::string text;
  if (state_dir_.empty() || source::files::read_file(verdicts_path(), SIZE_MAX, text).result != source::files::ReadResult::kRead)
    return out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    mesh::Verdict verdict;
    if (read_line(line, verdict)) out.push_back(std::move(verdict));
  }
  return out;
}

void InForceState::keep(const delivery::InForceRecord& record) {
  std::vector<source::LastGoodRecord> records;
  for (const auto& object : record.in_force) records.push_back({object->key, json_of(*object), object->origin.file, object->origin.line});
  if (auto status = record_.store(std::move(records)); !status.ok()) base::log_error(kLog, "{}", std::string(status.message()));
  keep_verdicts(record.verdicts);
}

void InForceState::keep_verdicts(const std::vector<mesh::Verdict>& verdicts) {
  if (state_dir_.empty() || verdicts == kept_) return;
  std::string text;
  for (const auto& verdict : verdicts) text += line_of(verdict);
  if (auto status = base::replace_file(verdicts_path(), text, 0600); !status.ok())
    base::log_error(kLog, "{}", std::string(status.message()));
  kept_ = verdicts;
}

}  // namespace amime::local
