#include "local/keeper.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>

namespace amime::local {
namespace {

constexpr auto kChildGrace = std::chrono::milliseconds(1500);

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  return set;
}

// Our children, and with them every orphan of theirs.
std::vector<pid_t> children() {
  std::vector<pid_t> out;
  std::ifstream file(fmt::format("/proc/self/task/{}/children", gettid()));
  for (pid_t pid; file >> pid;) out.push_back(pid);
  return out;
}

void signal_all(int number) {
  for (pid_t pid : children()) {
    if (kill(-pid, number) != 0) kill(pid, number);  // the command leads a group; orphans may not
  }
}

// Waits for what has ended; whether the command has, and how.
bool reap(pid_t command, int* status) {
  bool found = false;
  int one = 0;
  for (pid_t pid; (pid = waitpid(-1, &one, WNOHANG)) > 0;)
    if (pid == command) {
      *status = one;
      found = true;
    }
  return found;
}

// Ends everything below us: a request first, then SIGKILL until nothing is left (killing one may orphan others to us).
void end_everything() {
  const sigset_t set = watched();
  const auto deadline = std::chrono::steady_clock::now() + kChildGrace;
  signal_all(SIGTERM);
  int ignored = 0;
  for (;;) {
    reap(-1, &ignored);
    if (children().empty()) return;
    if (std::chrono::steady_clock::now() >= deadline) signal_all(SIGKILL);
    const timespec tick{0, 20'000'000};
    sigtimedwait(&set, nullptr, &tick);
  }
}

pid_t start(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const auto& text : command) argv.push_back(const_cast<char*>(text.c_str()));
  argv.push_back(nullptr);
  const pid_t keeper = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) _exit(127);
  execvp(argv[0], argv.data());
  fmt::print(stderr, "cannot run {}: {}\n", command[0], std::strerror(errno));
  _exit(127);
}

}  // namespace

int run_keeper(int parent, const std::vector<std::string>& command) {
  const sigset_t set = watched();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) return 127;  // it is gone already
  const pid_t pid = start(command);
  if (pid < 0) return 127;
  int status = 0;
  for (;;) {
    const int number = sigwaitinfo(&set, nullptr);
    if (number < 0) continue;  // interrupted
    if (number != SIGCHLD || reap(pid, &status)) break;
  }
  end_everything();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace amime::local
