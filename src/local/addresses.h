// Which loopback addresses and ports the workloads of `amime up` have.
//
// On Linux every address of 127.0.0.0/8 may be bound by anybody, so each workload gets three of its own:
//   127.B.1.N  inbound: what endpoints name; its Envoy listens there for the others (and its admin port, 15000)
//   127.B.2.N  bind: its Envoy listens there for the workload itself: service ports and the HTTP proxy (15080)
//   127.B.3.N  app: the application listens there
// After 250 workloads the next three third octets follow. B is one number a process (AddressBlock).
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>

namespace amime::local {

inline constexpr unsigned kAdminPort = 15000;  // of each Envoy, at its inbound address
inline constexpr unsigned kAgentPort = 15020;  // of the agent beside it, likewise,
inline constexpr unsigned kReadyPort = 15021;  // and of what says whether both are ready
inline constexpr unsigned kProxyPort = 15080;  // of each sidecar's HTTP proxy, at its bind address

struct Addresses {
  std::string inbound, bind, app;
  bool operator==(const Addresses&) const = default;
};

// Holds 127.B.0.0/16 against other `amime up` on this machine while it lives, by an abstract Unix socket, which the
// kernel frees even after kill -9.
class AddressBlock {
 public:
  static absl::StatusOr<AddressBlock> take(unsigned first = 77);
  ~AddressBlock();
  AddressBlock(AddressBlock&& other) noexcept;
  AddressBlock& operator=(AddressBlock&&) = delete;
  unsigned number() const { return number_; }

 private:
  AddressBlock(unsigned number, int lock) : number_(number), lock_(lock) {}
  unsigned number_;
  int lock_;
};

// Gives each workload (by its key) its addresses, the same ones as long as the plan lives. Not thread-safe.
class AddressPlan {
 public:
  explicit AddressPlan(unsigned block) : block_(block) {}
  Addresses of(const std::string& workload);

 private:
  unsigned block_;
  std::map<std::string, unsigned> numbers_;
};

// Ports that an ordinary user may not bind move up, for everybody alike; translation does the same with the service ports
// that Envoy binds at `bind` (translate/socket_address.h).
struct PortRule {
  unsigned lowest = 1024;
  // Where an application's port of the YAML really is.
  unsigned local(unsigned port) const { return port < lowest ? port + 10000 : port; }
  // Where a gateway's port is: 80 -> 8080, 443 -> 8443 as Istio's own charts have them.
  unsigned gateway(unsigned port) const;
};

}  // namespace amime::local
