#include "agent/intercept/probe.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace amime::agent {
namespace {

using ProbeClock = std::chrono::steady_clock;
constexpr auto kProbeEvery = std::chrono::milliseconds(250);

class ProbeSocket {
 public:
  explicit ProbeSocket(int fd) : fd_(fd) {}
  ~ProbeSocket() {
    if (fd_ >= 0) close(fd_);
  }
  ProbeSocket(const ProbeSocket&) = delete;
  ProbeSocket& operator=(const ProbeSocket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

struct ProbeAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

ProbeAddress address_of(bool v6, unsigned char last, std::uint16_t port) {
  ProbeAddress out;
  if (v6) {
    auto& in = reinterpret_cast<sockaddr_in6&>(out.storage);
    in.sin6_family = AF_INET6;
    in.sin6_addr.s6_addr[15] = last;
    in.sin6_port = htons(port);
    out.size = sizeof in;
  } else {
    auto& in = reinterpret_cast<sockaddr_in&>(out.storage);
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(0x7f000000u | last);
    in.sin_port = htons(port);
    out.size = sizeof in;
  }
  return out;
}

int open_socket(bool v6) { return socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

absl::Status listen_on(int fd, bool v6, std::uint16_t port) {
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const auto address = address_of(v6, 1, port);
  if (fd >= 0 && bind(fd, address.get(), address.size) == 0 && listen(fd, 16) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format("cannot listen on port {}: {}", port, std::strerror(errno)));
}

// 0: the connection was not redirected, or there is none.
std::uint16_t accepted_for(int listener, bool v6) {
  const ProbeSocket accepted(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  sockaddr_storage original{};
  socklen_t size = sizeof original;
  if (accepted.fd() < 0) return 0;
  if (getsockopt(accepted.fd(), v6 ? IPPROTO_IPV6 : IPPROTO_IP, SO_ORIGINAL_DST, &original, &size) != 0) return 0;  // 80 in both
  return ntohs(v6 ? reinterpret_cast<sockaddr_in6&>(original).sin6_port : reinterpret_cast<sockaddr_in&>(original).sin_port);
}

}  // namespace

absl::Status probe_interception(const ProbeOptions& options) {
  const bool v6 = options.ipv6;
  const ProbeSocket outbound(open_socket(v6)), inbound(open_socket(v6));
  if (auto status = listen_on(outbound.fd(), v6, options.proxy_port); !status.ok()) return status;
  if (auto status = listen_on(inbound.fd(), v6, options.inbound_port); !status.ok()) return status;
  const auto target = address_of(v6, 6, options.probe_port);
  for (const auto end = ProbeClock::now() + options.timeout; ProbeClock::now() < end;) {
    const ProbeSocket client(open_socket(v6));
    (void)connect(client.fd(), target.get(), target.size);
    std::array<pollfd, 2> waiting{{{outbound.fd(), POLLIN, 0}, {inbound.fd(), POLLIN, 0}}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - ProbeClock::now());
    if (poll(waiting.data(), waiting.size(), static_cast<int>(std::clamp<long>(left.count(), 0, kProbeEvery.count()))) <= 0) continue;
    for (const auto& one : waiting)
      if ((one.revents & POLLIN) && accepted_for(one.fd, v6) == options.probe_port) return absl::OkStatus();
  }
  return absl::DeadlineExceededError(fmt::format("no connection was captured within {} ms", options.timeout.count()));
}

}  // namespace amime::agent
