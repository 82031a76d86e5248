#include "source/files/files_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include "base/log.h"
#include "base/published.h"
#include "source/files/directory_reader.h"
#include "source/files/links.h"
#include "source/files/problem_log.h"
#include "source/files/watcher.h"
#include "source/last_good.h"

namespace amime::source {

using files::DirectoryReader;
using files::Ledger;
using files::Scan;
using files::WatchEvent;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kLookForLost{500};  // while the directory cannot be read
constexpr std::chrono::seconds kLookUnwatched{2};
constexpr std::chrono::seconds kRest{10};  // without a change, until the whole configuration is saved
constexpr int kMostScans = 4;              // until no new directory turns up

FilesOptions tidied(FilesOptions options) {
  while (options.directory.size() > 1 && options.directory.ends_with('/')) options.directory.pop_back();
  if (!options.mesh_config_file.empty()) options.parse.config_map_is_mesh_config = false;
  return options;
}

}  // namespace

class FilesSource::Worker {
 public:
  explicit Worker(FilesOptions options)
      : options_(tidied(std::move(options))),
        ledger_(options_.ledger),
        reader_({options_.directory, options_.mesh_config_file, options_.parse}, ledger_),
        held_(options_.state_dir, LastGood::kHeld),
        good_(options_.state_dir, LastGood::kGood) {
    status_.publish(std::make_shared<SourceStatus>());
  }
  ~Worker() { stop(); }

  absl::Status start(BatchCallback callback) {
    if (auto status = watcher_.open(); !status.ok()) return status;
    callback_ = std::move(callback);
    std::promise<absl::Status> first;
    auto read = first.get_future();
    thread_ = std::thread([this, first = std::move(first)]() mutable { run(first); });
    absl::Status status = read.get();
    if (!status.ok()) stop();
    return status;
  }

  void stop() {
    stopping_ = true;
    if (!thread_.joinable()) return;
    watcher_.wake();
    thread_.join();
  }

  std::shared_ptr<const SourceStatus> status() const { return status_.get(); }

 private:
  void run(std::promise<absl::Status>& first) {
    absl::Status status = first_read();
    const bool good = status.ok();
    first.set_value(std::move(status));
    if (!good) return;
    std::vector<WatchEvent> events;
    while (!stopping_) {
      events.clear();
      watcher_.wait(patience(), events);
      if (stopping_) break;
      if (work(events)) hand_over(false);
      if (Clock::now() >= save_due_) save();
    }
    save();
  }

  // What is good now, for a restart that finds it broken. Not after each change: it is the whole configuration.
  void save() {
    save_due_ = Clock::time_point::max();
    if (options_.state_dir.empty()) return;
    if (auto stored = good_.store(ledger_.all_good()); !stored.ok()) base::log_warn("source", "{}", std::string(stored.message()));
  }

  absl::Status first_read() {
    restore();
    const Scan scan = look();
    const auto now = Clock::now();
    reader_.mesh_config_changed(now);
    reader_.apply(scan, now, false);
    if (!scan.error.empty() && ledger_.to_record().empty())
      return absl::NotFoundError(fmt::format("{}: {}", options_.directory, scan.error));
    if (!reader_.mesh_config_known() && !ledger_.in_force(mesh_config_key()))
      return absl::NotFoundError(fmt::format("{}: cannot be read", options_.mesh_config_file));
    if (auto status = acceptable(); !status.ok()) return status;
    hand_over(true);
    return absl::OkStatus();
  }

  void restore() {
    const auto now = Clock::now();
    for (const LastGoodRecord& record : loaded(held_))
      if (auto object = object_of(record, options_.parse)) ledger_.restore(record, std::move(object), now);
    ledger_.spare(loaded(good_), options_.parse);
  }
  std::vector<LastGoodRecord> loaded(LastGood& from) {
    auto records = from.load();
    if (records.ok()) return *std::move(records);
    load_error_ = std::string(records.status().message());
    return {};
  }

  // With --strict nothing may have an error. The mesh's configuration never may: Istio's defaults in its place could open what
  // it closes.
  absl::Status acceptable() const {
    const bool configured = options_.mesh_config_file.empty() || ledger_.in_force(mesh_config_key());
    if (configured && !options_.strict) return absl::OkStatus();
    SourceStatus status;
    ledger_.fill(status);
    std::string text;
    for (const Problem& problem : status.problems)
      if (problem.severity == Severity::kError && (options_.strict || problem.file == options_.mesh_config_file))
        text += (text.empty() ? "" : "\n") + to_string(problem);
    return text.empty() ? absl::OkStatus() : absl::InvalidArgumentError(text);
  }

  // Scans with watches in place, so that nothing can change unseen between the two.
  Scan look() {
    Scan scan;
    next_look_ = Clock::now() + options_.look_again;
    for (int i = 0; i < kMostScans; ++i) {
      scan = files::scan_directory(options_.directory);
      names_ = scan.elsewhere;
      files::collect_links(options_.directory, names_);
      if (!options_.mesh_config_file.empty()) files::collect_links(options_.mesh_config_file, names_);
      std::set<std::string> directories = scan.directories;
      for (const auto& [directory, names] : names_) directories.insert(directory);
      listed_ = scan.directories;
      if (!watcher_.watch(directories)) break;
    }
    if (!scan.error.empty()) look_within(kLookForLost);
    if (watcher_.failure() != watch_failure_ && !watcher_.failure().empty())
      base::log_warn("source", "cannot be told of changes, so looks for them every {} s: {}", kLookUnwatched.count(), watcher_.failure());
    watch_failure_ = watcher_.failure();
    if (!watch_failure_.empty()) look_within(kLookUnwatched);
    return scan;
  }

  void look_within(Clock::duration most) { next_look_ = std::min(next_look_, Clock::now() + most); }

  // Returns whether there may be something to hand over.
  bool work(const std::vector<WatchEvent>& events) {
    const auto now = Clock::now();
    bool look_now = now >= next_look_;
    std::set<std::string> changed;
    for (const WatchEvent& event : events) look_now |= !note(event, changed);
    const auto due = reader_.deadline(), dropped = ledger_.deadline();
    reader_.read_late(now);
    for (const auto& name : changed) reader_.file_changed(name, now);
    if (look_now) {
      reader_.mesh_config_changed(now);
      reader_.apply(look(), Clock::now(), true);
    }
    return look_now || !changed.empty() || (due && *due <= now) || (dropped && *dropped <= now);
  }

  // Adds the file that the event is about to `changed`; false: the event asks for a look at everything.
  bool note(const WatchEvent& event, std::set<std::string>& changed) {
    using What = WatchEvent::What;
    if (event.what == What::kLost) return false;
    // "..data" is how a mounted ConfigMap is switched to its next version.
    const bool swap = event.name.starts_with("..");
    const bool writing = event.what == What::kWriting;
    if (const auto names = names_.find(event.directory); names != names_.end() && !writing && (swap || names->second.contains(event.name)))
      return false;
    if (!listed_.contains(event.directory)) return true;
    if (swap || event.what == What::kDirectory) return writing;
    if (!files::is_config_name(event.name)) return true;
    const std::string prefix = event.directory == options_.directory ? "" : event.directory.substr(options_.directory.size() + 1) + "/";
    if (writing)
      reader_.file_opened(prefix + event.name, Clock::now());
    else
      changed.insert(prefix + event.name);
    return true;
  }

  std::chrono::milliseconds patience() const {
    auto until = std::min(next_look_, save_due_);
    if (const auto due = ledger_.deadline()) until = std::min(until, *due);
    if (const auto due = reader_.deadline()) until = std::min(until, *due);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    return std::max(left, std::chrono::milliseconds(0));
  }

  void hand_over(bool first) {
    Batch batch{{}, first, first ? ledger_.before() : std::vector<mesh::Change>()};
    batch.changes = ledger_.take(Clock::now(), first);
    if (first || !batch.changes.empty()) {
      save_due_ = Clock::now() + kRest;
      callback_(std::move(batch));
    }
    const absl::Status stored = held_.store(ledger_.to_record());
    auto status = std::make_shared<SourceStatus>();
    status->synced = true;
    status->state_error = stored.ok() ? load_error_ : std::string(stored.message());
    ledger_.fill(*status);
    log_.report(*status);
    status_.publish(std::move(status));
  }

  const FilesOptions options_;
  files::Watcher watcher_;
  Ledger ledger_;
  DirectoryReader reader_;
  LastGood held_, good_;
  files::ProblemLog log_;
  BatchCallback callback_;
  std::set<std::string> listed_;                        // directories whose files are read
  std::map<std::string, std::set<std::string>> names_;  // directories where only some names matter
  Clock::time_point next_look_;
  Clock::time_point save_due_ = Clock::time_point::max();
  std::string load_error_;
  std::string watch_failure_;
  std::atomic<bool> stopping_{false};
  base::Published<SourceStatus> status_;
  std::thread thread_;
};

FilesSource::FilesSource(FilesOptions options) : worker_(std::make_unique<Worker>(std::move(options))) {}
FilesSource::~FilesSource() = default;
absl::Status FilesSource::start(BatchCallback callback) { return worker_->start(std::move(callback)); }
void FilesSource::stop() { worker_->stop(); }
std::shared_ptr<const SourceStatus> FilesSource::status() const { return worker_->status(); }

}  // namespace amime::source
