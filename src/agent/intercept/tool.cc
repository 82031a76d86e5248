#include "agent/intercept/tool.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace amime::agent {
namespace {

// A file in memory: what a tool reads or writes. No pipe can run full, no thread has to empty it.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("tool", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int fd() const { return fd_; }
  bool fill(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = write(fd_, text.data(), text.size());
      if (written <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return lseek(fd_, 0, SEEK_SET) == 0;
  }
  std::string text() const {
    std::string out;
    char part[4096];
    for (off_t at = 0;;) {
      const ssize_t got = pread(fd_, part, sizeof part, at);
      if (got <= 0) return out;
      out.append(part, static_cast<std::size_t>(got));
      at += got;
    }
  }

 private:
  const int fd_;
};

absl::StatusOr<pid_t> spawn(const std::string& path, const std::vector<std::string>& arguments, int in, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  std::vector<char*> argv{const_cast<char*>(path.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, path.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error) return absl::InternalError(fmt::format("{}: {}", path, std::strerror(error)));
  return pid;
}

// Its exit status as waitpid has it.
absl::StatusOr<int> wait_for(pid_t pid, std::chrono::milliseconds timeout) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));  // glibc 2.36 declares it without extern "C"
  bool ended = true;
  if (fd >= 0) {  // else the kernel is too old to wait with a bound
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    ended = poll(&waiting, 1, static_cast<int>(timeout.count())) > 0;
    close(fd);
  }
  if (!ended) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) return absl::DeadlineExceededError("no end within its time");
  return status;
}

// Where a tool lies, by PATH and then by where systems keep what is not for users. Empty: it is not there.
std::string find_tool(std::string_view name) {
  const char* path = std::getenv("PATH");
  const std::string folders = fmt::format("{}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", path ? path : "");
  for (std::string_view rest = folders; !rest.empty();) {
    const auto colon = rest.find(':');
    const std::string_view folder = rest.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    const std::string file = fmt::format("{}/{}", folder, name);
    if (folder.substr(0, 1) == "/" && access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

}  // namespace

absl::StatusOr<std::string> run_tool(std::string_view name, const std::vector<std::string>& arguments, std::string_view input,
                                     std::chrono::milliseconds timeout) {
  const std::string path = find_tool(name);
  if (path.empty()) return absl::NotFoundError(fmt::format("{} is not installed", name));
  MemoryFile in, out, err;
  if (!in.fill(input)) return absl::InternalError("no memory for a tool's input");
  const auto pid = spawn(path, arguments, in.fd(), out.fd(), err.fd());
  if (!pid.ok()) return pid.status();
  const auto status = wait_for(*pid, timeout);
  if (!status.ok()) return absl::DeadlineExceededError(fmt::format("{}: {}", name, std::string(status.status().message())));
  if (*status == 0) return out.text();
  std::string words = err.text();
  while (!words.empty() && words.back() == '\n') words.pop_back();
  return absl::InternalError(fmt::format("{} failed ({}): {}", name, *status, words.substr(0, 2000)));
}

}  // namespace amime::agent
