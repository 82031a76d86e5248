#include "local/port_owner.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace amime::local {
namespace {

namespace fs = std::filesystem;

int bind_error(const std::string& ip, unsigned port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);  // connections that linger do not matter, listeners do
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  const int error = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  close(fd);
  return error;
}

// The socket's inode, from /proc/net/tcp or tcp6: the listener of that port at `ip` or at every address.
std::string listener_inode(const std::string& table, const std::string& ip, unsigned port) {
  in_addr address{};
  inet_pton(AF_INET, ip.c_str(), &address);
  const std::string exact = fmt::format("{:08X}:{:04X}", address.s_addr, port), any = fmt::format("00000000:{:04X}", port),
                    any6 = fmt::format("{:032X}:{:04X}", 0, port);
  std::ifstream file(table);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
    if (state == "0A" && (local == exact || local == any || local == any6)) return inode;
  }
  return {};
}

}  // namespace

std::string owner_of(const std::string& ip, unsigned port) {
  std::string inode = listener_inode("/proc/net/tcp", ip, port);
  if (inode.empty()) inode = listener_inode("/proc/net/tcp6", ip, port);
  if (inode.empty()) return {};
  const std::string wanted = "socket:[" + inode + "]";
  std::error_code error;
  for (const auto& process : fs::directory_iterator("/proc", error)) {
    const std::string pid = process.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code skip;
    for (fs::directory_iterator entry(process.path() / "fd", skip), end; !skip && entry != end; entry.increment(skip)) {
      std::error_code gone;
      if (fs::read_symlink(entry->path(), gone) != wanted) continue;
      std::string name;
      std::getline(std::ifstream(process.path() / "comm"), name);
      return fmt::format("{} (pid {})", name, pid);
    }
  }
  return {};
}

absl::Status check_free(const std::vector<std::pair<std::string, unsigned>>& places) {
  for (const auto& [ip, port] : places) {
    const int error = bind_error(ip, port);
    if (error == 0) continue;
    if (error != EADDRINUSE) return absl::UnavailableError(fmt::format("{}:{} cannot be bound: {}", ip, port, std::strerror(error)));
    const std::string owner = owner_of(ip, port);
    return absl::AlreadyExistsError(
        fmt::format("port {} is in use by {}; the mesh needs it at {}", port, owner.empty() ? "another process" : owner, ip));
  }
  return absl::OkStatus();
}

}  // namespace amime::local
