#include "agent/envoy_process.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "base/log.h"

namespace amime::agent {
namespace {

constexpr std::string_view kEnvoyLog = "envoy";
constexpr std::chrono::milliseconds kLookForEnd{50};

}  // namespace

EnvoyProcess::EnvoyProcess(Loop& loop, Options options)
    : loop_(loop), options_(std::move(options)), backoff_(options_.first_wait, options_.longest_wait) {}
EnvoyProcess::~EnvoyProcess() {
  loop_.cancel(timer_);
  unwatch();
}

void EnvoyProcess::unwatch() {
  if (process_ && process_->output_fd() >= 0) loop_.unwatch(process_->output_fd());
  if (end_fd_ < 0) return;
  loop_.unwatch(end_fd_);
  close(std::exchange(end_fd_, -1));
}

void EnvoyProcess::start() {
  timer_ = 0;
  began_ = Loop::Clock::now();
  auto process = base::Process::start({.argv = options_.argv});
  if (!process.ok()) {
    problem_ = std::string(process.status().message());
    if (on_end) on_end(problem_);
    return;
  }
  process_ = *std::move(process);
  problem_.clear();
  base::log_info(kEnvoyLog, "started with pid {}", process_->pid());
  loop_.watch(process_->output_fd(), [this] { forward(); });
  watch_end();
}

void EnvoyProcess::forward() {
  const int fd = process_->output_fd();
  const auto text = process_->read_output();
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = write(options_.output, text.data() + done, text.size() - done);
    if (count <= 0) break;  // nobody reads: then nobody misses it
    done += static_cast<std::size_t>(count);
  }
  if (process_->output_fd() < 0) loop_.unwatch(fd);
}

// Its pipe may be closed before it ends, or kept open by a child: only waiting for it tells.
void EnvoyProcess::watch_end() {
  end_fd_ = static_cast<int>(syscall(SYS_pidfd_open, process_->pid(), 0));
  if (end_fd_ < 0) return look();  // a kernel before 5.3
  loop_.watch(end_fd_, [this] {
    if (process_->ended()) ended();
  });
}

void EnvoyProcess::look() {
  timer_ = 0;
  if (process_->ended()) return ended();
  timer_ = loop_.after(kLookForEnd, [this] { look(); });
}

void EnvoyProcess::ended() {
  if (process_->output_fd() >= 0) forward();
  unwatch();
  problem_ = "Envoy " + process_->how();
  process_.reset();
  if (Loop::Clock::now() - began_ >= options_.well) backoff_.reset();
  if (backoff_.failures() >= options_.most_failures) {
    base::log_error(kEnvoyLog, "{}, {} times in a row: given up", problem_, backoff_.failures() + 1);
    if (on_end) on_end(problem_);
    return;
  }
  ++restarts_;
  const auto wait = backoff_.next();
  base::log_warn(kEnvoyLog, "{}; started again in {} ms", problem_, wait.count());
  timer_ = loop_.after(wait, [this] { start(); });
}

void EnvoyProcess::end(std::chrono::milliseconds grace) {
  loop_.cancel(std::exchange(timer_, 0));
  if (process_) {
    unwatch();
    process_->end(grace);
    problem_ = "Envoy " + process_->how();
    process_.reset();
  }
  if (on_end) on_end(problem_);
}

}  // namespace amime::agent
