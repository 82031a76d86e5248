#include "base/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <thread>

namespace amime::base {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

bool within(std::chrono::milliseconds limit, const std::function<bool()>& condition) {
  for (const auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return condition();
}
bool alive(pid_t pid) { return kill(pid, 0) == 0; }

std::unique_ptr<Process> shell(const std::string& script) {
  auto process = Process::start({.argv = {"/bin/sh", "-c", script}, .environment = {"AMIME_TEST=yes"}});
  EXPECT_TRUE(process.ok()) << process.status();
  return std::move(process).value();
}
std::string all_output(Process& process) {
  std::string out;
  within(10s, [&] {
    out += process.read_output();
    return process.output_fd() < 0;
  });
  return out;
}

TEST(Process, RunsWithOurEnvironmentAndMore) {
  auto process = shell("echo $AMIME_TEST; echo ${PATH:+path}; echo err >&2; exit 3");
  EXPECT_EQ(all_output(*process), "yes\npath\nerr\n");
  EXPECT_TRUE(within(5s, [&] { return process->ended(); }));
  EXPECT_EQ(process->how(), "exited with status 3");
  EXPECT_EQ(process->tail(2), "path\nerr\n");
  EXPECT_EQ(process->tail(9), "yes\npath\nerr\n");
}

TEST(Process, SaysWhatCannotBeRun) {
  auto process = Process::start({.argv = {"/no/such/binary"}});
  EXPECT_TRUE(absl::IsNotFound(process.status())) << process.status();
  EXPECT_THAT(std::string(process.status().message()), HasSubstr("/no/such/binary"));
}

TEST(Process, EndsPolitelyThenNot) {
  auto polite = shell("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done");
  within(5s, [&] { return !polite->read_output().empty(); });
  polite->end(5s);
  EXPECT_EQ(polite->how(), "exited with status 0");
  EXPECT_THAT(polite->tail(), HasSubstr("bye"));
  auto stubborn = shell("trap '' TERM; echo ready; while :; do sleep 0.01; done");
  within(5s, [&] { return !stubborn->read_output().empty(); });
  stubborn->end(50ms);
  EXPECT_EQ(stubborn->how(), "was killed by signal 9");
}

TEST(Process, InheritsNoDescriptors) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);  // not close-on-exec
  auto process = shell("ls /proc/self/fd | wc -l");
  EXPECT_EQ(all_output(*process), "4\n");  // 0, 1, 2 and ls's own
  close(pipe_ends[0]), close(pipe_ends[1]);
}

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

TEST(Process, DiesWithItsParentAlsoAfterKill9) {
  pid_t parent = 0;
  const pid_t child = orphan(
      [](int report) {
        auto process = Process::start({.argv = {"/bin/sleep", "600"}});
        dprintf(report, "%d\n", process.ok() ? (*process)->pid() : -1);
        process->release();
      },
      &parent);
  ASSERT_GT(child, 0);
  EXPECT_TRUE(alive(child));
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  EXPECT_TRUE(within(5s, [&] { return !alive(child); }));
}

}  // namespace
}  // namespace amime::base
