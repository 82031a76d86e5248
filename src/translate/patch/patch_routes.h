// EnvoyFilter's patches of routes (applyTo ROUTE_CONFIGURATION, VIRTUAL_HOST, HTTP_ROUTE). On the writer's thread, inside of
// a rule. A virtual host is patched under the name that it has inside its table.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "translate/patch/patch_match.h"
#include "translate/rule.h"

namespace envoy::config::route::v3 {
class RouteConfiguration;
class VirtualHost;
}  // namespace envoy::config::route::v3

namespace amime::translate {

// What patching has found out beside what it changed.
struct RoutePatching {
  Taken taken;
  std::set<std::string> clusters;  // that patched hosts name now
};

// ROUTE_CONFIGURATION: what stands above the virtual hosts (and hosts that the patch itself has).
void patch_table(View& view, const TableSubject& subject, envoy::config::route::v3::RouteConfiguration* table, RoutePatching* out);
// VIRTUAL_HOST and HTTP_ROUTE. False: the host goes.
bool patch_virtual_host(View& view, const TableSubject& subject, envoy::config::route::v3::VirtualHost* host, RoutePatching* out);
// The virtual hosts that patches add to the table.
std::vector<envoy::config::route::v3::VirtualHost> added_virtual_hosts(View& view, const TableSubject& subject, RoutePatching* out);
// All of it, of a table that has its hosts.
void patch_whole_table(View& view, const TableSubject& subject, envoy::config::route::v3::RouteConfiguration* table, RoutePatching* out);

}  // namespace amime::translate
