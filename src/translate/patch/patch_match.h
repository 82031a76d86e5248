// What of a proxy's resources a patch means (EnvoyFilter.EnvoyConfigObjectMatch). Pure; any thread.
//
// Names are those that Istio gives its resources, and ours: outbound|9080|v1|reviews.default.svc.cluster.local,
// virtualInbound, envoy.filters.http.router.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "translate/patch/patch.h"

namespace envoy::config::cluster::v3 {
class Cluster;
}
namespace envoy::config::listener::v3 {
class FilterChain;
class Listener;
}  // namespace envoy::config::listener::v3
namespace envoy::config::route::v3 {
class Route;
class VirtualHost;
}  // namespace envoy::config::route::v3

namespace amime::translate {

// "spec.configPatches[2]", for what is said of Patch::index.
std::string field_of(int index);
// ADD of a whole resource. Without a context a patch adds to what is outbound.
bool adds_to(const Patch& patch, PatchContext context);

// match.cluster: name, or portNumber, service and subset. `services`: of an inbound cluster, whose own name has no host.
bool matches_cluster(const Patch& patch, const std::string& name, std::span<const std::string> services);

// match.listener: name and portNumber. Of the listeners of captured traffic the port is the filter chain's.
bool matches_listener(const Patch& patch, const envoy::config::listener::v3::Listener& listener);
// Whether it is of that applyTo (EnvoyFilter.ApplyTo), and means the listener in this context.
bool is_for(const Patch& patch, int apply_to, PatchContext context, const envoy::config::listener::v3::Listener& listener);
// match.listener.filterChain (name, sni, transportProtocol, applicationProtocols, destinationPort), its listener matching.
bool matches_chain(const Patch& patch, const envoy::config::listener::v3::Listener& listener,
                   const envoy::config::listener::v3::FilterChain& chain);

// The name of the filter that the patch means, of the kind that applyTo says: listenerFilter, filterChain.filter,
// filterChain.filter.subFilter. Empty: any.
std::string_view listener_filter_of(const Patch& patch);
std::string_view network_filter_of(const Patch& patch);
std::string_view http_filter_of(const Patch& patch);

// What a route table is matched by.
struct TableSubject {
  PatchContext context{};
  std::string_view name;             // of the RouteConfiguration
  std::vector<std::uint32_t> ports;  // a router's: those of its Service that lead here; empty: as the name says
};

// match.routeConfiguration: name, portNumber, portName, gateway.
bool matches_table(const Patch& patch, const TableSubject& table);
// match.routeConfiguration.vhost: name, domainName.
bool matches_virtual_host(const Patch& patch, const envoy::config::route::v3::VirtualHost& host);
// match.routeConfiguration.vhost.route: name, action.
bool names_a_route(const Patch& patch);
bool matches_route(const Patch& patch, const envoy::config::route::v3::Route& route);

}  // namespace amime::translate
