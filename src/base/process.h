// Process: one child of this process that cannot outlive it.
//
// The child is killed by the kernel when the thread that started it ends (PR_SET_PDEATHSIG), so start it from a thread
// that lives as long as the program: the main thread. It leads a process group of its own, so that Ctrl-C on the terminal
// reaches only us. What may have children of its own is started through a keeper (local/keeper.h). Used by one thread.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace amime::base {

struct ProcessSpec {
  std::vector<std::string> argv;         // argv[0] is a path
  std::vector<std::string> environment;  // NAME=value, beside ours
  bool kept = false;                     // argv runs under a keeper: its children die with it
  std::string keeper;                    // the program whose command "keep" is the keeper; empty: this one
};

class Process {
 public:
  // NotFound, PermissionDenied, ...: why argv[0] could not be run.
  static absl::StatusOr<std::unique_ptr<Process>> start(const ProcessSpec& spec);
  ~Process();  // kills
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int pid() const { return pid_; }
  int output_fd() const { return output_; }  // readable: read_output() has something; -1: the child closed it
  // What the child wrote to its standard output and error since the last call; does not block.
  std::string read_output();
  // The last lines that it wrote, at most `lines`.
  std::string tail(int lines = 5) const;

  // Whether it has ended (does not block); then how: "exited with status 1", "was killed by signal 9".
  bool ended();
  int status() const { return status_; }  // as waitpid gives it; -1: it runs
  std::string how() const;

  void signal(int number);  // to its group
  // Asks it to end (SIGTERM), waits that long, kills it.
  void end(std::chrono::milliseconds grace);

 private:
  Process(int pid, int output) : pid_(pid), output_(output) {}
  int pid_;
  int output_;
  int status_ = -1;
  std::string tail_;
};

// Ends all of them, waiting once for all.
void end_all(const std::vector<Process*>& processes, std::chrono::milliseconds grace);

}  // namespace amime::base
