#include "delivery/peer.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace amime::delivery {
namespace {

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(&text[i + 1], &text[i + 3], value, 16).ptr == &text[i + 3]) {
      out.push_back(static_cast<char>(value));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// As /proc/net/tcp writes it: 32-bit words in the machine's byte order, in hexadecimal, and the port.
std::string kernel_form(const SocketAddress& address) {
  unsigned char bytes[16];
  const bool v6 = address.ip.find(':') != std::string::npos;
  if (inet_pton(v6 ? AF_INET6 : AF_INET, address.ip.c_str(), bytes) != 1) return {};
  std::string out;
  for (int word = 0; word < (v6 ? 4 : 1); ++word) {
    std::uint32_t value;
    std::memcpy(&value, bytes + 4 * word, 4);
    out += fmt::format("{:08X}", value);
  }
  return out + fmt::format(":{:04X}", address.port);
}

std::optional<std::uint32_t> uid_in(const std::string& file, const std::string& local) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);  // the header
  while (std::getline(in, line)) {
    std::istringstream row(line);
    std::string slot, mine, remote, state, queues, timer, retransmits;
    std::uint32_t uid = 0;
    if (row >> slot >> mine >> remote >> state >> queues >> timer >> retransmits >> uid && mine == local && state == "01") return uid;
  }
  return std::nullopt;
}

class KernelPeer final : public Peer {
 public:
  KernelPeer(std::string_view grpc_peer, std::string authorization, const SecretRules& rules)
      : address_(grpc_peer), authorization_(std::move(authorization)), rules_(rules) {}

  std::string address() const override {
    const auto parsed = parse_peer(address_);
    return parsed ? fmt::format("{}:{}", parsed->ip, parsed->port) : address_;
  }

  bool on_loopback() const override {
    const auto parsed = parse_peer(address_);
    return parsed && parsed->loopback();
  }

  bool may_have_secrets(std::string* why_not) const override {
    *why_not = reason();
    return why_not->empty();
  }

 private:
  std::string reason() const {
    if (rules_.in_pod) return "this is a Pod, where plaintext carries no secrets";
    const auto parsed = parse_peer(address_);
    if (!parsed || !parsed->loopback()) return fmt::format("{} is not on loopback, and the connection is plaintext", address());
    if (!rules_.token.empty() && equal_in_constant_time(authorization_, "Bearer " + rules_.token)) return {};
    const auto uid = uid_of_peer(rules_.proc_net, *parsed);
    if (!uid) return fmt::format("the process behind {} is unknown, and it shows no valid token", address());
    if (*uid != 0 && *uid != rules_.own_uid)
      return fmt::format("the process behind {} runs as user {}, and it shows no valid token", address(), *uid);
    return {};
  }

  const std::string address_, authorization_;
  const SecretRules& rules_;
};

}  // namespace

SecretRules secret_rules(std::string token) { return {std::move(token), std::getenv("KUBERNETES_SERVICE_HOST") != nullptr, ::geteuid()}; }

bool SocketAddress::loopback() const { return ip.starts_with("127.") || ip == "::1" || ip.starts_with("::ffff:127."); }

std::optional<SocketAddress> parse_peer(std::string_view grpc_peer) {
  std::string text = percent_decoded(grpc_peer);
  const bool v6 = text.starts_with("ipv6:");
  if (!v6 && !text.starts_with("ipv4:")) return std::nullopt;
  text.erase(0, 5);
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  SocketAddress address;
  address.ip = text.substr(0, colon);
  if (v6 && address.ip.starts_with('[') && address.ip.ends_with(']')) address.ip = address.ip.substr(1, address.ip.size() - 2);
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, address.port);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return address;
}

std::optional<std::uint32_t> uid_of_peer(const std::string& proc_net, const SocketAddress& peer) {
  const bool v6 = peer.ip.find(':') != std::string::npos;
  if (v6) return uid_in(proc_net + "/tcp6", kernel_form(peer));
  if (auto uid = uid_in(proc_net + "/tcp", kernel_form(peer))) return uid;
  // A client that speaks IPv4 through an IPv6 socket.
  return uid_in(proc_net + "/tcp6", kernel_form({"::ffff:" + peer.ip, peer.port}));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::shared_ptr<const Peer> make_peer(std::string_view grpc_peer, std::string authorization, const SecretRules& rules) {
  return std::make_shared<KernelPeer>(grpc_peer, std::move(authorization), rules);
}

}  // namespace amime::delivery
