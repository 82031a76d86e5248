// What a Gateway's listener is to the routes that want to attach to it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/spec.h"
#include "source/gateway_api/status.h"

namespace istio::networking::v1alpha3 {
class ServerTLSSettings;
}

namespace amime::source::gateway_api {

struct BoundListener {
  std::string section, hostname, protocol;  // hostname "*": any
  std::uint32_t port = 0;
  std::string gateway;  // NAMESPACE/NAME of the Istio Gateway that stands for it
  bool all_namespaces = false;
  std::vector<std::string> namespaces;  // else: those whose routes may attach, sorted
  std::vector<std::string> kinds;       // "HTTPRoute"
  std::vector<std::string> taken;       // host names of the other listeners of its port and protocol: what they cover better is theirs
  bool passthrough = false;
  bool operator==(const BoundListener&) const = default;

  bool admits(std::string_view ns) const;
};

// The conditions of a listener about which nothing bad is known.
std::vector<Condition> good_listener();
// Fills in which namespaces and kinds the listener, of an object in `ns`, admits; complains in `conditions`.
void set_admission(Reads& reads, const Listener& listener, const std::string& ns, BoundListener& out, std::vector<Condition>& conditions);
struct ListenerPlace {
  const mesh::ObjectKey& owner;  // the Gateway or ListenerSet that the listener is of
  const mesh::ObjectKey& gateway;
  const ClientValidation* clients;  // null: they need not show certificates
};
// The server's TLS settings. False: the listener cannot be served; `conditions` say why. A Secret that is missing is no reason for
// that: handshakes fail until it is there. Authorities that are missing are: open to all would be worse.
bool set_tls(Reads& reads, const ListenerPlace& place, const Listener& listener, istio::networking::v1alpha3::ServerTLSSettings* out,
             std::vector<Condition>& conditions);
// The namespaces that are allowed; "*": all.
std::vector<std::string> allowed_namespaces(Reads& reads, const AllowedNamespaces& allowed, const std::string& own);

}  // namespace amime::source::gateway_api
