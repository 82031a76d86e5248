#include "agent/intercept/host.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/freed_by.h"

namespace amime::agent {
namespace {

enum class PodAddress { kNone, kV4, kV6 };

PodAddress pod_address(const sockaddr* address) {
  if (!address) return PodAddress::kNone;
  if (address->sa_family == AF_INET) {
    const auto ip = ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
    const bool local = ip >> 24 == 127 || ip >> 16 == 0xa9fe;  // 127/8, 169.254/16
    return local ? PodAddress::kNone : PodAddress::kV4;
  }
  if (address->sa_family != AF_INET6) return PodAddress::kNone;
  const in6_addr& ip = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  const in6_addr bound_by_us = {.__in6_u = {.__u6_addr8 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6}}};  // a run before this one
  if (IN6_IS_ADDR_LOOPBACK(&ip) || IN6_IS_ADDR_LINKLOCAL(&ip) || std::memcmp(&ip, &bound_by_us, sizeof ip) == 0) return PodAddress::kNone;
  return PodAddress::kV6;
}

}  // namespace

absl::StatusOr<bool> host_uses_ipv6(bool dual_stack) {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return absl::InternalError(fmt::format("getifaddrs: {}", std::strerror(errno)));
  const std::unique_ptr<ifaddrs, base::FreedBy<freeifaddrs>> owner(all);
  bool any = false;
  for (const ifaddrs* one = all; one; one = one->ifa_next) {
    const auto kind = pod_address(one->ifa_addr);
    if (kind == PodAddress::kNone) continue;
    if (kind == PodAddress::kV6 || !dual_stack) return kind == PodAddress::kV6;
    any = true;
  }
  if (!any) return absl::NotFoundError("no address here but of loopback or of the link");
  return false;
}

absl::Status enter_network_namespace(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool entered = fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  if (entered) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format("network namespace {}: {}", path, std::strerror(error)));
}

std::string uid_of(const std::string& user) {
  passwd entry{}, *found = nullptr;
  char buffer[4096];
  if (getpwnam_r(user.c_str(), &entry, buffer, sizeof buffer, &found) != 0 || !found) return "1337";
  return std::to_string(entry.pw_uid);
}

}  // namespace amime::agent
