// The ports at which a sidecar takes requests for its own application. One rule's run.
//
// Fields: the target ports of the Services that select the workload; or, where a Sidecar has them, Sidecar.ingress (port,
// bind, captureMode), which then say all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mesh/model.h"
#include "translate/rule.h"

namespace amime::translate {

struct InboundPort {
  std::uint32_t port = 0;  // where the application listens, and what clients dial
  mesh::Protocol protocol = mesh::Protocol::kUnset;
  std::string host;  // the service that the port is of; SIDECAR.NAMESPACE for an ingress listener
  std::uint32_t service_port = 0;
  std::vector<std::string> binds;  // names the filter chain; bound only if
  bool bind_to_port = false;       // a listener of its own instead of a part of virtualInbound
  mesh::ObjectKey source;
};

// By port.
std::vector<InboundPort> plan_inbound(View& view, std::vector<Note>* notes);

}  // namespace amime::translate
