#include "source/files/watcher.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace amime::source::files {
namespace {

constexpr std::uint32_t kMask = IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF |
                                IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;
constexpr std::size_t kBuffer = 64 * 1024;

// A link, symbolic or hard, is complete when it appears; a new file is when its writer closes it.
bool comes_whole(const std::string& path) {
  struct stat s;
  return lstat(path.c_str(), &s) == 0 && (S_ISLNK(s.st_mode) || s.st_nlink > 1);
}

}  // namespace

Watcher::~Watcher() {
  if (inotify_ >= 0) close(inotify_);
  if (wake_ >= 0) close(wake_);
}

absl::Status Watcher::open() {
  inotify_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify_ < 0) return absl::InternalError(fmt::format("inotify: {} (fs.inotify.max_user_instances?)", std::strerror(errno)));
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_ < 0) return absl::InternalError(fmt::format("eventfd: {}", std::strerror(errno)));
  return absl::OkStatus();
}

bool Watcher::watch(const std::set<std::string>& directories) {
  std::map<int, std::set<std::string>> next;
  for (const std::string& directory : directories) {
    const int watch = inotify_add_watch(inotify_, directory.c_str(), kMask);
    if (watch >= 0) next[watch].insert(directory);
  }
  bool added = false;
  for (const auto& [watch, paths] : next) added |= !paths_.contains(watch);
  for (const auto& [watch, paths] : paths_)
    if (!next.contains(watch)) inotify_rm_watch(inotify_, watch);
  paths_ = std::move(next);
  return added;
}

void Watcher::wait(std::chrono::milliseconds most, std::vector<WatchEvent>& events) {
  pollfd fds[2] = {{inotify_, POLLIN, 0}, {wake_, POLLIN, 0}};
  if (poll(fds, 2, static_cast<int>(most.count())) <= 0) return;
  if (fds[0].revents) read_events(events);
  std::uint64_t count;
  if (fds[1].revents && read(wake_, &count, sizeof count) < 0) return;  // woken all the same
}

void Watcher::wake() {
  const std::uint64_t one = 1;
  if (write(wake_, &one, sizeof one) < 0) return;  // the counter is full: it will wake
}

void Watcher::read_events(std::vector<WatchEvent>& events) {
  alignas(inotify_event) char buffer[kBuffer];
  for (;;) {
    const ssize_t got = read(inotify_, buffer, sizeof buffer);
    if (got <= 0) return;
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      append(event->wd, event->mask, event->len ? event->name : "", events);
      at += static_cast<ssize_t>(sizeof *event + event->len);
    }
  }
}

void Watcher::append(int watch, std::uint32_t mask, const std::string& name, std::vector<WatchEvent>& events) {
  using What = WatchEvent::What;
  if (mask & IN_Q_OVERFLOW) {
    events.push_back({"", "", What::kLost});
    return;
  }
  const auto found = paths_.find(watch);
  if (found == paths_.end()) return;  // of a directory that is no longer watched
  What what = What::kWritten;
  if (mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT))
    what = What::kLost;
  else if (mask & IN_ISDIR)
    what = What::kDirectory;
  else if (mask & (IN_DELETE | IN_MOVED_FROM))
    what = What::kGone;
  else if (name.empty())
    return;  // the directory's own attributes
  else if (mask & IN_MODIFY)
    what = What::kWriting;
  for (const std::string& path : found->second) {
    if (mask & IN_CREATE && what == What::kWritten) what = comes_whole(path + "/" + name) ? What::kWritten : What::kWriting;
    events.push_back({path, name, what});
  }
}

}  // namespace amime::source::files
