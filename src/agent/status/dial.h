// Opens a TCP connection to the application in the same pod, from an address that interception leaves alone.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace amime::agent {

// A connected, blocking socket; closed with it. Movable, not copyable.
class Dialed {
 public:
  explicit Dialed(int fd) : fd_(fd) {}
  Dialed(Dialed&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Dialed& operator=(Dialed&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Dialed();
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }  // whoever takes it closes it
  bool is_v6() const;

 private:
  int fd_;
};

struct DialTarget {
  std::string host;  // an IP, or "localhost": 127.0.0.1, else ::1
  std::uint16_t port = 0;
  bool as_passed_on = false;  // from 127.0.0.6 (::6), as Envoy calls the application with what came in
};

// Unavailable: refused or unreachable; DeadlineExceeded. Any thread; blocks, at most `timeout` for each address of the host.
absl::StatusOr<Dialed> dial(const DialTarget& target, std::chrono::milliseconds timeout);

}  // namespace amime::agent
