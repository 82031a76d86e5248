// The port where proxies prove who they are: TLS 1.2 or later, a client certificate if they have one (Istio's 15012).
// delivery carries the proofs; who they prove somebody to be is decided by whoever starts the server (identity, joined in local).
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/transport.h"

namespace grpc {
class ServerCredentials;
}

namespace amime::delivery {

// What the transport knows of a call.
struct Credentials {
  bool encrypted = false;
  std::vector<std::string> uris;  // URI names of its client certificate, verified against the roots; empty: none was shown
  std::string certificates;       // that certificate and what it brought to reach a root, PEM
  std::string authorization;      // metadata of that name; a secret
  std::string address;
};

// One request, one answer, both encoded messages. Called on gRPC's threads, several at once.
struct Unary {
  // Whether it is somebody who calls: asked before the request is read, so that strangers fill no memory.
  std::function<absl::Status(const Credentials&)> admit;
  std::function<absl::StatusOr<std::string>(const Credentials&, std::string_view request)> answer;
};

enum class CallKind : std::uint8_t { kStream, kUnary };

struct SecurePort {
  // PEM files, looked at every second: new connections get what they hold then.
  std::string key_file, certificate_file, roots_file;
  // Whether the peer of that address may begin such a call now; asked before anything else, any thread. Null: always.
  std::function<absl::Status(CallKind, const std::string& address)> admit;
  std::function<absl::StatusOr<ProvenPeer>(const Credentials&)> authenticate;  // of a stream; any thread
  std::map<std::string, Unary, std::less<>> unary;                             // by "/package.Service/Method"
};

std::shared_ptr<grpc::ServerCredentials> make_server_credentials(const SecurePort& port);

// The peer of a stream that proved who it is.
std::shared_ptr<const Peer> make_proven_peer(std::string address, ProvenPeer proven);

}  // namespace amime::delivery
