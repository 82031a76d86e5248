#include "local/status.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/http_client.h"

namespace amime::local {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kAskAgain{100};

absl::StatusOr<json> ask(const std::string& address, const std::string& object) {
  base::HttpClient client(address, std::chrono::seconds(5));
  const auto answer = client.get("/debug/objects?object=" + object);
  if (!answer.ok())
    return absl::UnavailableError(fmt::format("no control plane answers at {}: {}", address, std::string(answer.status().message())));
  if (answer->status != 200) return absl::UnavailableError(fmt::format("{} answered {}", address, answer->status));
  json parsed = json::parse(answer->body, nullptr, false);
  if (!parsed.is_array()) return absl::UnavailableError(fmt::format("{} is no control plane of Amime", address));
  return parsed;
}

std::string text(const json& row, const char* name) { return row.contains(name) ? row[name].get<std::string>() : std::string(); }

// In one line, for tables: Envoy's words may have several.
std::string reason_of(const json& row) {
  std::string reason = text(row, "reason");
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  return reason;
}

// "2 of 3": how many have acknowledged it.
std::string acknowledged(const json& row) {
  const std::size_t all = row.value("proxies", 0u);
  const std::size_t pending = row.contains("pending") ? row["pending"].size() : 0;
  return fmt::format("{}/{}", all - std::min(all, pending), all);
}

void print_table(const std::vector<json>& rows) {
  std::size_t width = 6;
  for (const auto& row : rows) width = std::max(width, text(row, "object").size());
  fmt::print("{:<{}}  {:<10}  {:>7}  {}\n", "OBJECT", width, "STATE", "PROXIES", "REASON");
  for (const auto& row : rows) {
    std::string reason = reason_of(row);
    if (row.contains("until")) reason += fmt::format(" (until {})", text(row, "until"));
    fmt::print("{:<{}}  {:<10}  {:>7}  {}\n", text(row, "object"), width, text(row, "state"), acknowledged(row), reason);
    for (const auto& note : row.value("notes", json::array())) fmt::print("  {}\n", note.get<std::string>());
  }
}

// Empty: all is in force; else what keeps it from being so. `version`: that is meant; empty: any. `final`: waiting does not help.
std::string not_in_force(const json& rows, const std::string& object, const std::string& version, bool* final) {
  if (rows.empty()) return fmt::format("{}: there is no such object", object);
  for (const auto& row : rows) {
    const std::string state = text(row, "state");
    if (state == "InForce" && (version.empty() || text(row, "version") == version)) continue;
    if (state == "InForce") return fmt::format("{}: not read yet", object);
    *final = *final || state == "Rejected" || state == "Invalid";
    std::string line = fmt::format("{}: {}", text(row, "object"), state);
    if (state == "Delivering") line += " " + acknowledged(row);
    if (const auto reason = reason_of(row); !reason.empty()) line += ": " + reason;
    if (row.contains("pending")) {
      line += "; not acknowledged by";
      for (const auto& proxy : row["pending"]) line += " " + proxy.get<std::string>();
    }
    return line;
  }
  return "";
}

// One line on the terminal, written over; gone when it ends. Elsewhere nothing.
class ProgressLine {
 public:
  ~ProgressLine() {
    if (width_ > 0) fmt::print(stderr, "\r{:{}}\r", "", width_);
  }
  void show(std::string text) {
    if (!isatty(STDERR_FILENO)) return;
    if (text.size() > kMost) text.replace(kMost - 3, std::string::npos, "...");
    fmt::print(stderr, "\r{:{}}", text, width_);
    width_ = std::max(width_, text.size());
  }

 private:
  static constexpr std::size_t kMost = 118;
  std::size_t width_ = 0;
};

// "2 of 3 objects in force; VirtualService default/a: Delivering 1/2: ..."
std::string progress(std::size_t all, const std::vector<std::string>& waiting) {
  return fmt::format("{} of {} objects in force; {}", all - waiting.size(), all, waiting.front());
}

}  // namespace

absl::Status wait_in_force(const std::string& address, const std::vector<Wanted>& objects, std::chrono::milliseconds timeout) {
  const auto end = Clock::now() + timeout;
  ProgressLine line;
  for (;;) {
    std::vector<std::string> waiting;
    bool final = false;
    for (const auto& [object, version] : objects) {
      const auto rows = ask(address, object);
      if (!rows.ok()) return rows.status();
      if (auto why = not_in_force(*rows, object, version, &final); !why.empty()) waiting.push_back(std::move(why));
    }
    if (waiting.empty()) return absl::OkStatus();
    if (final) return absl::AbortedError(fmt::format("{}", fmt::join(waiting, "\n  ")));
    if (Clock::now() >= end)
      return absl::DeadlineExceededError(fmt::format("not in force after {} ms:\n  {}", timeout.count(), fmt::join(waiting, "\n  ")));
    line.show(progress(objects.size(), waiting));
    std::this_thread::sleep_for(kAskAgain);
  }
}

absl::Status run_status(const StatusOptions& options) {
  const auto rows = ask(options.monitoring_address, options.object);
  if (!rows.ok()) return rows.status();
  if (!options.object.empty() && rows->empty()) return absl::NotFoundError(fmt::format("there is no object {}", options.object));
  if (options.output == "json") {
    fmt::print("{}\n", rows->dump(2));
    return absl::OkStatus();
  }
  std::vector<json> shown;
  for (const auto& row : *rows)
    if (options.output == "wide" || !options.object.empty() || text(row, "state") != "InForce" || row.contains("reason") ||
        row.contains("notes"))
      shown.push_back(row);
  if (!shown.empty()) print_table(shown);
  if (options.object.empty())
    fmt::print("{} of {} objects in force\n",
               rows->size() - std::count_if(rows->begin(), rows->end(), [](const json& row) { return text(row, "state") != "InForce"; }),
               rows->size());
  return absl::OkStatus();
}

absl::Status run_wait(const WaitOptions& options) {
  std::vector<Wanted> objects;
  for (const auto& object : options.objects) objects.push_back({object, ""});
  return wait_in_force(options.monitoring_address, objects, options.timeout);
}

}  // namespace amime::local
