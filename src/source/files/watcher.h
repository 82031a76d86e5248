// Watcher: tells which names in which directories changed (inotify), or that it no longer knows.
//
// One thread waits; wake() may be called from any thread.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace amime::source::files {

struct WatchEvent {
  std::string directory;  // as it was given to watch()
  std::string name;
  enum class What {
    kWritten,    // closed after writing, renamed to, linked: whole
    kWriting,    // created or being written: not whole until kWritten
    kGone,       // deleted or renamed away
    kDirectory,  // a sub-directory came or went
    kLost,       // this directory itself is gone, or events were lost: look at everything
  } what;
};

class Watcher {
 public:
  Watcher() = default;
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  absl::Status open();
  // Watches exactly these directories from now on, at what these paths mean now. Returns whether one was added or is another
  // directory than before, so that something may have been missed.
  bool watch(const std::set<std::string>& directories);
  // Why a directory that is there could not be watched the last time (fs.inotify.max_user_watches); empty: all are.
  const std::string& failure() const { return failure_; }
  // Waits until something happens, wake() is called or the time is over; appends what happened.
  void wait(std::chrono::milliseconds most, std::vector<WatchEvent>& events);
  void wake();

 private:
  void read_events(std::vector<WatchEvent>& events);
  void append(int watch, std::uint32_t mask, const std::string& name, std::vector<WatchEvent>& events);

  std::string failure_;
  int inotify_ = -1;
  int wake_ = -1;
  std::map<int, std::set<std::string>> paths_;  // of a watch; several where links lead to one directory
};

}  // namespace amime::source::files
