// The ports at which a sidecar takes requests for its own application. One rule's run.
//
// Fields: the target ports of the Services that select the workload; or, where a Sidecar has them, Sidecar.ingress (port,
// bind, captureMode, tls), which then say all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mesh/model.h"
#include "translate/rule.h"

namespace istio::networking::v1alpha3 {
class IstioIngressListener;
class ServerTLSSettings;
}  // namespace istio::networking::v1alpha3

namespace amime::translate {

struct InboundPort {
  std::uint32_t port = 0;  // where the application listens, and what clients dial
  mesh::Protocol protocol = mesh::Protocol::kUnset;
  std::string host;  // the service that the port is of; SIDECAR.NAMESPACE for an ingress listener
  std::uint32_t service_port = 0;
  std::vector<std::string> binds;  // names the filter chain; bound only if
  bool bind_to_port = false;       // a listener of its own instead of a part of virtualInbound
  mesh::ObjectKey source;
  // Of an ingress listener: clients' TLS ends here. Null: it does not. Lives as long as the snapshot.
  const istio::networking::v1alpha3::ServerTLSSettings* tls = nullptr;
};

// Whether the proxy ends the TLS of an ingress listener's clients, and what is spoken inside of it, to the application too.
bool terminates_tls(const istio::networking::v1alpha3::IstioIngressListener& ingress);
mesh::Protocol protocol_of(const istio::networking::v1alpha3::IstioIngressListener& ingress);

// By port.
std::vector<InboundPort> plan_inbound(View& view, std::vector<Note>* notes);

}  // namespace amime::translate
