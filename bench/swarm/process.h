// Child processes whose cost is measured: start, stop, and what the kernel says of their CPU time and memory.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace amime::bench {

struct Memory {
  double resident_mib = 0;
  double peak_mib = 0;  // since reset_peak
};

// Of any process of this machine.
double cpu_seconds(pid_t pid);
Memory memory_of(pid_t pid);
void reset_peak(pid_t pid);

// A child with its standard input as a pipe; its output goes to a file. Killed, at the latest, by the destructor. One thread.
class Child {
 public:
  // Throws std::runtime_error when it cannot be started.
  Child(const std::vector<std::string>& arguments, const std::string& log_path);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  bool running();
  void write_line(const std::string& line);

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  bool ended_ = false;
};

// A TCP port of the loopback that was free a moment ago.
int free_port();
// Waits until a GET of http://127.0.0.1:PORT/PATH answers 200; false after `bound` or when the child ended.
bool wait_http_ok(Child& child, int port, const std::string& path, std::chrono::seconds bound);
// Waits until something accepts connections there.
bool wait_listening(Child& child, int port, std::chrono::seconds bound);

}  // namespace amime::bench
