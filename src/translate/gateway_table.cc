// A route table of a Gateway's servers (networking.istio.io Gateway): whole, because only routers of that Gateway have it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "envoy/config/route/v3/route.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/gateway_hosts.h"
#include "translate/gateway_servers.h"
#include "translate/hosts.h"
#include "translate/http_route.h"
#include "translate/patch/patch_routes.h"
#include "translate/route_config.h"
#include "translate/route_scope.h"
#include "translate/route_table.h"
#include "translate/rules.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::RouteConfiguration;
using envoy::config::route::v3::VirtualHost;

std::string gateway_name(const GatewayServer& server) { return server.gateway->key.ns + "/" + server.gateway->key.name; }
std::uint32_t port_of(const GatewayServer& server) { return server.server->port().number(); }

// All servers whose routes are in the table, oldest Gateway first: HTTP servers of one port share it, an HTTPS server has
// its own. What is wrong with a server its listener's rule notes.
std::vector<GatewayServer> servers_of(View& view, std::string_view table) {
  const auto& targets = view.service_targets();
  std::vector<Note> notes;
  auto ports = merge_gateways(
      view.gateways(), [&](std::uint32_t port) { return gateway_listener_port(targets, port); }, &notes);
  std::vector<GatewayServer> out;
  for (GatewayPort& port : ports) {
    for (GatewayServer& server : port.servers) {
      if (port.table == table || server.table == table) out.push_back(std::move(server));
    }
  }
  return out;
}

// Routes of VirtualServices by Gateway and VirtualService: several hosts and servers use the same.
struct RouteCache {
  RouteScope& scope;
  std::map<std::string, VirtualHost> made;

  const VirtualHost& get(const GatewayServer& server, const mesh::Object& virtual_service, const std::string& source) {
    const auto [it, added] = made.try_emplace(source);
    if (!added) return it->second;
    scope.gateway = gateway_name(server);
    scope.listen_port = port_of(server);
    scope.tls = server.server->has_tls();
    append_routes(scope, virtual_service, &it->second);
    return it->second;
  }
};

void add_virtual_services(const GatewayServer& server, RouteCache& cache, GatewayHosts* hosts) {
  View& view = cache.scope.view;
  for (const mesh::VirtualServiceRef& ref : view.gateway_virtual_services(server.gateway->key.ns, server.gateway->key.name)) {
    const mesh::ObjectKey& key = ref.object->key;
    const auto shared = intersect_hosts(hosts_for_namespace(server.hosts, key.ns), ref.hosts);
    if (shared.empty()) continue;
    const mesh::ObjectPtr whole = view.virtual_service(key.ns, key.name);
    if (whole == nullptr) continue;
    const std::string source = fmt::format("{} {}/{}", gateway_name(server), key.ns, key.name);
    const VirtualHost& routes = cache.get(server, *whole, source);
    if (routes.routes().empty()) continue;
    for (const std::string& host : shared) {
      hosts->add_routes(host, port_of(server), source, routes);
      if (server.server->tls().https_redirect()) hosts->redirect_to_https(host, port_of(server));
    }
  }
}

// Hosts of a redirecting server are redirected also where no VirtualService has them.
void add_redirects(const GatewayServer& server, GatewayHosts* hosts) {
  if (!server.server->tls().https_redirect()) return;
  for (const std::string& host : server.hosts) {
    if (host.find('/') == std::string::npos) hosts->redirect_to_https(host, port_of(server));
  }
}

// No VirtualService has routes for the table: every request is answered 404.
void add_blackhole(std::uint32_t port, RouteConfiguration* table) {
  auto* host = table->add_virtual_hosts();
  host->set_name(fmt::format("blackhole:{}", port));
  host->add_domains("*");
}

// The ports of the router's own Service that lead to the container's port in the table's name.
std::vector<std::uint32_t> service_ports(View& view, std::string_view table) {
  std::uint32_t port = 0;
  const auto number = table.substr(std::min(table.find('.') + 1, table.size()));
  std::from_chars(number.data(), number.data() + number.size(), port);
  std::vector<std::uint32_t> out;
  for (const auto& target : view.service_targets())
    if (target.target_port == port) out.push_back(target.port.port);
  return out;
}

void patch(View& view, RouteConfiguration* table, RouteScope* scope, Product* product) {
  if (view.patches(Patched::kRoutes).empty()) return;
  RoutePatching patching;
  const std::string name = table->name();
  patch_whole_table(view, {PatchContext::kGateway, name, service_ports(view, name)}, table, &patching);
  product->take(patching.taken, &scope->from);
  scope->clusters.merge(patching.clusters);
}

void sort_unique(std::vector<mesh::ObjectKey>* keys) {
  std::sort(keys->begin(), keys->end());
  keys->erase(std::unique(keys->begin(), keys->end()), keys->end());
}

}  // namespace

// Subject: the table's name.
void gateway_table(View& view, std::string_view subject, Product& product) {
  RouteConfiguration table;
  table.set_name(std::string(subject));
  set_table_defaults(&table);
  RouteScope scope{.view = view, .router = true};
  RouteCache cache{.scope = scope, .made = {}};
  GatewayHosts hosts;
  const auto servers = servers_of(view, subject);
  for (const GatewayServer& server : servers) {
    scope.from.push_back(server.gateway->key);
    add_virtual_services(server, cache, &hosts);
    add_redirects(server, &hosts);
  }
  if (hosts.empty() && !servers.empty()) add_blackhole(port_of(servers.front()), &table);
  hosts.move_to(proxy_headers(view.proxy_config()).attempt_count, &table);
  patch(view, &table, &scope, &product);
  sort_unique(&scope.from);
  product.resources.push_back(make_resource(Type::kRoute, std::string(subject), table, scope.refs(), scope.from));
  product.notes = std::move(scope.notes);
}

}  // namespace amime::translate
