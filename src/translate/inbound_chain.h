// Filter chains of a sidecar's inbound side: what is HTTP goes through a connection manager, the rest through as bytes.
// One rule's run.
#pragma once

#include <string>
#include <vector>

#include "translate/inbound_plan.h"
#include "translate/view.h"

namespace envoy::config::listener::v3 {
class Listener;
}

namespace amime::translate {

// The chains of one port; `refs` receives the clusters, `taken` the patches of their routes.
void add_inbound_chains(View& view, const InboundPort& port, envoy::config::listener::v3::Listener* listener,
                        std::vector<std::string>* refs, Taken* taken);
// The chains for ports that no Service names, and the one that keeps connections to virtualInbound's own port from
// coming back to it for ever.
void add_passthrough_chains(View& view, envoy::config::listener::v3::Listener* listener, std::vector<std::string>* refs, Taken* taken);

// Listener filters as the chains need them: only ports whose protocol is unknown are looked at, for looking breaks
// servers that speak first.
void add_inbound_inspectors(envoy::config::listener::v3::Listener* listener);

}  // namespace amime::translate
