#include "local/addresses.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace amime::local {
namespace {

constexpr unsigned kPerOctet = 250;
constexpr unsigned kBlocks = 40;

// An abstract socket of that name; -1 if somebody has it.
int lock_name(const std::string& name) {
  // Inherited: what this process started may outlive it for a moment, and its ports with it.
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return -1;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

absl::StatusOr<AddressBlock> AddressBlock::take(unsigned first) {
  for (unsigned number = first; number < first + kBlocks; ++number)
    if (const int lock = lock_name(fmt::format("amime-up-127.{}", number)); lock >= 0) return AddressBlock(number, lock);
  return absl::ResourceExhaustedError(fmt::format("{} other meshes run on this machine already", kBlocks));
}
AddressBlock::AddressBlock(AddressBlock&& other) noexcept : number_(other.number_), lock_(std::exchange(other.lock_, -1)) {}
AddressBlock::~AddressBlock() {
  if (lock_ >= 0) close(lock_);
}

Addresses AddressPlan::of(const std::string& workload) {
  const unsigned number = numbers_.try_emplace(workload, static_cast<unsigned>(numbers_.size())).first->second;
  const unsigned octet = 3 * (number / kPerOctet), last = number % kPerOctet + 1;
  auto address = [&](unsigned role) { return fmt::format("127.{}.{}.{}", block_, octet + role, last); };
  return {address(1), address(2), address(3)};
}

unsigned PortRule::gateway(unsigned port) const {
  if (port >= lowest) return port;
  if (port == 80) return 8080;
  if (port == 443) return 8443;
  return local(port);
}

}  // namespace amime::local
