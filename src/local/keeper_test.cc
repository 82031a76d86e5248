#include "local/keeper.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

namespace amime::local {
namespace {

using namespace std::chrono_literals;

bool within_keeper(std::chrono::milliseconds limit, const std::function<bool()>& condition) {
  for (const auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return condition();
}
bool alive(pid_t pid) { return kill(pid, 0) == 0; }

// A parent that starts something and is killed; returns the pid that was written into the pipe.
pid_t orphan(const std::function<void(int report)>& parent_work, pid_t* parent) {
  int report[2];
  EXPECT_EQ(pipe(report), 0);
  *parent = fork();
  if (*parent == 0) {
    close(report[0]);
    parent_work(report[1]);
    for (;;) pause();
  }
  close(report[1]);
  char text[32] = {};
  EXPECT_GT(read(report[0], text, sizeof text - 1), 0);
  close(report[0]);
  return std::atoi(text);
}

TEST(Keeper, GrandchildrenDieWithTheParentAlsoAfterKill9) {
  pid_t parent = 0;
  const pid_t grandchild = orphan(
      [](int report) {
        const pid_t self = getpid();
        if (fork() == 0) {  // the keeper; its command starts a process in a session of its own, which outlives the shell
          dup2(report, 9);
          _exit(run_keeper(self, {"/bin/sh", "-c", "setsid sh -c 'echo $$ >&9; exec sleep 600' & wait"}));
        }
      },
      &parent);
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(alive(grandchild));
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  EXPECT_TRUE(within_keeper(10s, [&] { return !alive(grandchild); }));
}

TEST(Keeper, PassesTheExitCodeOn) {
  const pid_t keeper = fork();
  if (keeper == 0) _exit(run_keeper(getppid(), {"/bin/sh", "-c", "exit 7"}));
  int status = 0;
  waitpid(keeper, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

}  // namespace
}  // namespace amime::local
