// Patches of a listener's filters: LISTENER_FILTER, NETWORK_FILTER and HTTP_FILTER. Pure; any thread.
#pragma once

#include "translate/patch/patch.h"

namespace envoy::config::listener::v3 {
class FilterChain;
class Listener;
}  // namespace envoy::config::listener::v3

namespace amime::translate {

// `patches`: those that mean the listener's proxy; others than of these filters are not looked at.
void patch_listener_filters(const Patches& patches, PatchContext context, envoy::config::listener::v3::Listener* listener, Taken* taken);
// NETWORK_FILTER, and of connection managers HTTP_FILTER.
void patch_filters(const Patches& patches, PatchContext context, const envoy::config::listener::v3::Listener& listener,
                   envoy::config::listener::v3::FilterChain* chain, Taken* taken);

}  // namespace amime::translate
