#include "swarm/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <thread>

namespace amime::bench {
namespace {

using namespace std::chrono_literals;

class Socket {
 public:
  Socket() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() { close(fd_); }
  int fd() const { return fd_; }
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  bool connect_to(int port) {
    const sockaddr_in address = loopback(port);
    return connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

 private:
  const int fd_;
};

bool http_ok(int port, const std::string& path) {
  Socket socket;
  if (!socket.connect_to(port)) return false;
  const timeval bound{.tv_sec = 2, .tv_usec = 0};
  setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return false;
  char answer[16] = {};
  return recv(socket.fd(), answer, 12, MSG_WAITALL) == 12 && std::string_view(answer + 8, 4) == " 200";
}

template <class Condition>
bool poll_until(Child& child, std::chrono::seconds bound, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + bound;
  while (std::chrono::steady_clock::now() < end && child.running()) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

[[noreturn]] void run_child(const std::vector<std::string>& arguments, const std::string& log_path, int input) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  dup2(input, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

}  // namespace

double cpu_seconds(pid_t pid) {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Memory memory_of(pid_t pid) {
  Memory memory;
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) memory.resident_mib = std::stod(line.substr(6)) / 1024;
    if (line.starts_with("VmHWM:")) memory.peak_mib = std::stod(line.substr(6)) / 1024;
  }
  return memory;
}

void reset_peak(pid_t pid) { std::ofstream("/proc/" + std::to_string(pid) + "/clear_refs") << "5"; }

Child::Child(const std::vector<std::string>& arguments, const std::string& log_path) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  pid_ = fork();
  if (pid_ == 0) run_child(arguments, log_path, ends[0]);
  close(ends[0]);
  input_ = ends[1];
  if (pid_ < 0) throw std::runtime_error("cannot fork");
}

Child::~Child() {
  if (!ended_) kill(pid_, SIGTERM);
  for (int i = 0; i < 600 && running(); ++i) std::this_thread::sleep_for(10ms);
  if (!ended_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(input_);
}

bool Child::running() {
  if (!ended_ && waitpid(pid_, nullptr, WNOHANG) == pid_) ended_ = true;
  return !ended_;
}

void Child::write_line(const std::string& line) {
  const std::string bytes = line + "\n";
  if (write(input_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("a child took no input");
}

int free_port() {
  Socket socket;
  sockaddr_in address = Socket::loopback(0);
  socklen_t size = sizeof address;
  if (bind(socket.fd(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

bool wait_http_ok(Child& child, int port, const std::string& path, std::chrono::seconds bound) {
  return poll_until(child, bound, [&] { return http_ok(port, path); });
}

bool wait_listening(Child& child, int port, std::chrono::seconds bound) {
  return poll_until(child, bound, [&] { return Socket().connect_to(port); });
}

}  // namespace amime::bench
