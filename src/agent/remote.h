// Where the control plane is and how the agent proves itself to it. Any thread.
#pragma once

#include <memory>
#include <string>

#include "identity/secret.h"

namespace grpc {
class Channel;
class ClientContext;
}  // namespace grpc

namespace amime::agent {

struct Remote {
  std::string address;      // HOST:PORT
  bool plaintext = false;   // controlPlaneAuthPolicy NONE
  std::string server_name;  // that its certificate must have; empty: the host of `address`
  std::string roots_file;   // PEM that its certificate must lead to; empty: the system's
  std::string cluster_id;   // metadata `clusterid`
};

// What the agent has to show; either may be empty.
struct Proof {
  identity::Secret key;     // with `chain`: a client certificate
  std::string chain;        // PEM
  identity::Secret bearer;  // a token
};

// A channel of its own, that shares no connection with others. Never null: what is wrong shows when it is used.
std::shared_ptr<grpc::Channel> connect(const Remote& remote, const Proof& proof);
// The token goes over TLS only.
void add_metadata(grpc::ClientContext& context, const Remote& remote, const Proof& proof);

}  // namespace amime::agent
