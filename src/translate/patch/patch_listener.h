// EnvoyFilter's patches of listeners (applyTo LISTENER, LISTENER_FILTER, FILTER_CHAIN, NETWORK_FILTER, HTTP_FILTER). On the
// writer's thread, inside of a rule.
#pragma once

#include <vector>

#include "translate/patch/patch.h"
#include "translate/rule.h"

namespace envoy::config::listener::v3 {
class Listener;
}

namespace amime::translate {

// Hands a listener out, as patches leave it; without any filter chain it is not handed out.
void emit_listener(View& view, PatchContext context, envoy::config::listener::v3::Listener listener, std::vector<std::string> refs,
                   std::vector<mesh::ObjectKey> from, Product& product);

// The listeners that patches add. Without a context a patch adds to what is outbound.
void add_listeners(View& view, PatchContext context, Product& product);

}  // namespace amime::translate
