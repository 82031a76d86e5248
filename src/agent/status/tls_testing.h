// An HTTPS application of tests: a certificate that nobody signed, one answer.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

namespace amime::agent {

// Answers every request with `body`, one connection at a time, on a thread of its own.
class TlsTestServer {
 public:
  explicit TlsTestServer(std::string body);
  ~TlsTestServer();
  std::uint16_t port() const { return port_; }

 private:
  void run();
  const std::string body_;
  int listener_ = -1, stop_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace amime::agent
