#include "source/files/problem_log.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"

namespace amime::source::files {
namespace {
constexpr char kComponent[] = "source";
}

void ProblemLog::once(const std::string& text, bool error, std::set<std::string>& now) {
  if (!now.insert(text).second || said_.contains(text)) return;
  if (error) {
    base::log_error(kComponent, "{}", text);
  } else {
    base::log_warn(kComponent, "{}", text);
  }
}

// A broken file may hold thousands: some are named, the rest counted.
void ProblemLog::report_held(const SourceStatus& status, std::set<std::string>& now) {
  constexpr std::size_t kNamed = 10;
  for (std::size_t i = 0; i < status.held.size() && i < kNamed; ++i) {
    const HeldObject& held = status.held[i];
    once(to_string(held.key) + ": the last good version stays in force: " + held.reason, false, now);
  }
  if (status.held.size() > kNamed)
    once(fmt::format("{} objects in all are held at their last good version", status.held.size()), false, now);
}

void ProblemLog::report(const SourceStatus& status) {
  std::set<std::string> now;
  for (const Problem& problem : status.problems) once(to_string(problem), problem.severity == Severity::kError, now);
  report_held(status, now);
  for (const auto& [kind, count] : status.unknown_kinds) {
    // Named once, whatever their number becomes.
    if (now.insert(kind).second && !said_.contains(kind))
      base::log_info(kComponent, "{} is not a kind that Amime reads ({} objects)", kind, count);
  }
  for (const std::string& policy : status.blocking) once("not ready: " + policy, true, now);
  if (!status.lost.empty()) once("the source counts as lost: " + status.lost, true, now);
  if (!status.state_error.empty()) once("last good versions cannot be recorded: " + status.state_error, true, now);
  if (!first_ && !said_.empty() && now.empty()) base::log_info(kComponent, "all objects are in force as written");
  if (std::exchange(first_, false)) base::log_info(kComponent, "read {} objects from {} files", status.objects, status.files);
  said_ = std::move(now);
}

}  // namespace amime::source::files
