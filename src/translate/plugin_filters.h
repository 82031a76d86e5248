// Where WasmPlugins' filters stand in a listener's filter chains. What each is to do travels on its own (ECDS), so that a changed
// plugin changes no listener, but for modules that Envoy itself fetches (plugin_name.h). One rule's run.
//
// Fields: WasmPlugin phase, priority, match (mode, ports), type, selector, targetRefs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/object.h"
#include "translate/listener_class.h"
#include "translate/view.h"

namespace envoy::config::listener::v3 {
class FilterChain;
}
namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpConnectionManager;
}

namespace amime::translate {

struct Judges;

// Whether the proxy's Envoy runs modules at all. `layer`: http or network.
bool runs_modules(View& view, std::string_view layer);

// Names of filters by phase, each in the order in which they stand.
struct PluginFilters {
  std::vector<std::string> authn, authz, stats, rest;
  bool may_be_modules = true;  // else only what stands in for them (wasm_plugin.cc)
};
// `port`: the service's for outbound traffic, the listener's of a gateway, the workload's for inbound; 0: any.
PluginFilters http_plugins(View& view, ListenerClass listener_class, std::uint32_t port);
// Appends plugins, which wait for their configuration as long as it takes (they may be what judges requests), and policies'
// filters (null: none) among them, each in its phase.
void add_plugins(const PluginFilters& filters, const Judges* judges,
                 envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);
// Plugins of type NETWORK, and what policies say of connections (null: the chain is one of requests, or outbound), before whatever
// else the chain does. First thing in a chain.
void add_network_plugins(View& view, ListenerClass listener_class, std::uint32_t port, const Judges* judges,
                         envoy::config::listener::v3::FilterChain* chain);

}  // namespace amime::translate
