// Filter chains of a sidecar's inbound side: what is HTTP goes through a connection manager, the rest through as bytes.
// One rule's run.
#pragma once

#include <string>
#include <vector>

#include "translate/authz/judges.h"
#include "translate/inbound_plan.h"
#include "translate/view.h"

namespace envoy::config::listener::v3 {
class Listener;
}

namespace amime::translate {

// What all inbound chains of a proxy have in common: who judges, and which connections are taken.
struct InboundSide {
  Judges judges;
  mesh::PeerModes peers;
  bool has_identity = false;  // without one the proxy can take no mutual TLS: STRICT ports then take nothing,
  bool local = false;         // but under `amime up --plaintext`, where nothing leaves the machine, plain text
};
InboundSide inbound_side(View& view, std::vector<Note>* notes);

// The chains of one port; `refs` receives the clusters, `taken` the patches of their routes.
void add_inbound_chains(View& view, const InboundSide& side, const InboundPort& port, envoy::config::listener::v3::Listener* listener,
                        std::vector<std::string>* refs, Taken* taken);
// The chains for ports that no Service names, and the one that keeps connections to virtualInbound's own port from
// coming back to it for ever. `ports`: those that have chains of their own.
void add_passthrough_chains(View& view, const InboundSide& side, const std::vector<InboundPort>& ports,
                            envoy::config::listener::v3::Listener* listener, std::vector<std::string>* refs, Taken* taken);

// Listener filters as the chains need them: only ports whose protocol is unknown are looked at, for looking breaks
// servers that speak first.
void add_inbound_inspectors(envoy::config::listener::v3::Listener* listener);

}  // namespace amime::translate
