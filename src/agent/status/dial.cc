#include "agent/status/dial.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace amime::agent {
namespace {

struct DialAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool v6() const { return storage.ss_family == AF_INET6; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

bool fill_address(const std::string& ip, std::uint16_t port, DialAddress& out) {
  auto& four = reinterpret_cast<sockaddr_in&>(out.storage);
  auto& six = reinterpret_cast<sockaddr_in6&>(out.storage);
  if (inet_pton(AF_INET, ip.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    out.size = sizeof four;
  } else if (inet_pton(AF_INET6, ip.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    out.size = sizeof six;
  }
  return out.size > 0;
}

int finish_connect(int fd, std::chrono::milliseconds timeout) {
  pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
  if (poll(&waiting, 1, static_cast<int>(timeout.count())) <= 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

absl::StatusOr<Dialed> dial_one(const std::string& ip, const DialTarget& target, std::chrono::milliseconds timeout) {
  DialAddress to, from;
  if (!fill_address(ip, target.port, to)) return absl::InvalidArgumentError(fmt::format("\"{}\" is not an IP address", ip));
  Dialed out(socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (out.fd() < 0) return absl::UnavailableError(std::strerror(errno));
  // Where that address is not there, nothing is captured either.
  if (target.as_passed_on && fill_address(to.v6() ? "::6" : "127.0.0.6", 0, from)) (void)bind(out.fd(), from.get(), from.size);
  int error = connect(out.fd(), to.get(), to.size) == 0 ? 0 : errno;
  if (error == EINPROGRESS) error = finish_connect(out.fd(), timeout);
  const std::string where = fmt::format("{}:{}", ip, target.port);
  if (error == ETIMEDOUT) return absl::DeadlineExceededError(fmt::format("connect {}: no answer within {} ms", where, timeout.count()));
  if (error) return absl::UnavailableError(fmt::format("connect {}: {}", where, std::strerror(error)));
  const int yes = 1;
  setsockopt(out.fd(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  fcntl(out.fd(), F_SETFL, fcntl(out.fd(), F_GETFL) & ~O_NONBLOCK);
  return out;
}

}  // namespace

Dialed::~Dialed() {
  if (fd_ >= 0) close(fd_);
}

bool Dialed::is_v6() const {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  return getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size) == 0 && name.ss_family == AF_INET6;
}

absl::StatusOr<Dialed> dial(const DialTarget& target, std::chrono::milliseconds timeout) {
  if (target.host != "localhost") return dial_one(target.host, target, timeout);
  auto four = dial_one("127.0.0.1", target, timeout);
  if (four.ok()) return four;
  auto six = dial_one("::1", target, timeout);
  if (six.ok()) return six;
  return four.status();
}

}  // namespace amime::agent
