#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <thread>

extern char** environ;

namespace amime::base {
namespace {

constexpr std::size_t kTailBytes = 8192;

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const auto& text : strings) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// Ours, but for the names that `more` sets.
std::vector<std::string> environment_with(const std::vector<std::string>& more) {
  std::vector<std::string> out = more;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text(*entry);
    const auto name = text.substr(0, text.find('=') + 1);
    if (std::none_of(more.begin(), more.end(), [&](const std::string& set) { return set.compare(0, name.size(), name) == 0; }))
      out.emplace_back(text);
  }
  return out;
}

std::string own_binary() {
  char path[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "amime";
}

// In the child, between fork and exec: only calls that are safe there. Reports errno on `report` and never returns.
[[noreturn]] void become(char* const* argv, char* const* environment, int output, int report, pid_t parent, int death_signal) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(number, SIG_DFL);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, death_signal);
  if (getppid() != parent) _exit(127);  // it died before the line above
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, 0);
  dup2(output, 1);
  dup2(output, 2);
  if (report != 3) dup2(report, 3);
  fcntl(3, F_SETFD, FD_CLOEXEC);
  close_range(4, UINT_MAX, 0);  // not every library opens its descriptors close-on-exec
  execve(argv[0], argv, environment);
  const int error = errno;
  if (write(3, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

absl::Status run_error(const std::string& path, int error) {
  const auto text = fmt::format("cannot run {}: {}", path, std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(text) : absl::PermissionDeniedError(text);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Process>> Process::start(const ProcessSpec& spec) {
  std::vector<std::string> arguments = spec.argv;
  if (spec.kept)
    arguments.insert(arguments.begin(), {spec.keeper.empty() ? own_binary() : spec.keeper, "keep", std::to_string(getpid()), "--"});
  const auto variables = environment_with(spec.environment);
  const auto argv = pointers(arguments), environment = pointers(variables);
  int output[2], report[2];
  if (pipe2(output, O_CLOEXEC) != 0) return absl::ResourceExhaustedError(std::strerror(errno));
  if (pipe2(report, O_CLOEXEC) != 0) {
    close(output[0]), close(output[1]);
    return absl::ResourceExhaustedError(std::strerror(errno));
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(argv.data(), environment.data(), output[1], report[1], parent, spec.kept ? SIGTERM : SIGKILL);
  close(output[1]), close(report[1]);
  int error = pid < 0 ? errno : 0;
  if (pid > 0 && read(report[0], &error, sizeof error) == sizeof error) waitpid(pid, nullptr, 0);
  close(report[0]);
  if (error) {
    close(output[0]);
    return run_error(spec.argv[0], error);
  }
  fcntl(output[0], F_SETFL, O_NONBLOCK);
  return std::unique_ptr<Process>(new Process(pid, output[0]));
}

Process::~Process() {
  end(std::chrono::milliseconds(0));
  if (output_ >= 0) close(output_);
}

std::string Process::read_output() {
  std::string out;
  char buffer[16384];
  ssize_t size = 0;
  while (output_ >= 0 && out.size() < (1u << 20) && (size = read(output_, buffer, sizeof buffer)) > 0)
    out.append(buffer, static_cast<std::size_t>(size));
  if (output_ >= 0 && size == 0) {
    close(output_);
    output_ = -1;
  }
  tail_ += out;
  if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  return out;
}

std::string Process::tail(int lines) const {
  std::size_t at = tail_.size();
  while (at > 0 && lines > 0) {
    const auto end = tail_.rfind('\n', at >= 2 ? at - 2 : 0);
    at = end == std::string::npos || at < 2 ? 0 : end + 1;
    --lines;
  }
  return tail_.substr(at);
}

bool Process::ended() {
  if (status_ < 0 && waitpid(pid_, &status_, WNOHANG) != pid_) status_ = -1;
  return status_ >= 0;
}

std::string Process::how() const {
  if (status_ < 0) return "runs";
  if (WIFSIGNALED(status_)) return fmt::format("was killed by signal {}", WTERMSIG(status_));
  return fmt::format("exited with status {}", WEXITSTATUS(status_));
}

void Process::signal(int number) {
  if (status_ < 0) kill(-pid_, number);
}

void Process::end(std::chrono::milliseconds grace) { end_all({this}, grace); }

void end_all(const std::vector<Process*>& processes, std::chrono::milliseconds grace) {
  const auto deadline = std::chrono::steady_clock::now() + grace;
  auto all_ended = [&] {
    bool all = true;
    for (Process* process : processes) all = process->ended() && all;
    return all;
  };
  if (grace.count() > 0)
    for (Process* process : processes) process->signal(SIGTERM);
  while (!all_ended() && std::chrono::steady_clock::now() < deadline) {
    for (Process* process : processes) process->read_output();  // so that none blocks on its last words
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (Process* process : processes) process->signal(SIGKILL);
  while (!all_ended()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  for (Process* process : processes) process->read_output();
}

}  // namespace amime::base
