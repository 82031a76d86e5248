// Who may have secrets over plaintext: a peer on loopback whose process runs as our own user or root, or that shows the
// bearer token; never inside a Pod, where loopback is shared by containers that do not trust each other.
// Free functions over what the kernel says; the carrier puts a Peer together from them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "delivery/transport.h"

namespace amime::delivery {

struct SecretRules {
  std::string token;    // what --xds-token-file holds; empty: no token is accepted
  bool in_pod = false;  // KUBERNETES_SERVICE_HOST is set
  std::uint32_t own_uid = 0;
  std::string proc_net = "/proc/net";  // where tcp and tcp6 are
};
SecretRules secret_rules(std::string token);  // of this process

struct SocketAddress {
  std::string ip;  // "127.0.0.1", "::1"
  std::uint16_t port = 0;
  bool loopback() const;
};
// gRPC's "ipv4:127.0.0.1:1234" and "ipv6:[::1]:1234", also percent-encoded.
std::optional<SocketAddress> parse_peer(std::string_view grpc_peer);

// The user of the process that owns the client's socket of this connection: the row whose local end is the peer. nullopt:
// no such row.
std::optional<std::uint32_t> uid_of_peer(const std::string& proc_net, const SocketAddress& peer);

// Takes as long for a wrong token as for the right one.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// `authorization` is the request's metadata of that name, "" if absent.
std::shared_ptr<const Peer> make_peer(std::string_view grpc_peer, std::string authorization, const SecretRules& rules);

}  // namespace amime::delivery
