// A route table of a Gateway's servers (networking.istio.io Gateway): whole, because only routers of that Gateway have it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "envoy/config/route/v3/route.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/gateway_hosts.h"
#include "translate/hosts.h"
#include "translate/http_route.h"
#include "translate/route_config.h"
#include "translate/route_scope.h"
#include "translate/route_table.h"
#include "translate/rules.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::RouteConfiguration;
using envoy::config::route::v3::VirtualHost;
using istio::networking::v1alpha3::Gateway;
using istio::networking::v1alpha3::Server;

struct TableServer {
  const mesh::Object* gateway = nullptr;
  const Server* server = nullptr;
  std::string gateway_name() const { return gateway->key.ns + "/" + gateway->key.name; }
  std::uint32_t port() const { return server->port().number(); }
};

// All servers whose routes are in the table, oldest Gateway first. HTTP servers of one port share it; an HTTPS server has
// its own. A server with TLS settings whose host an earlier one has is dropped, as its listener is.
std::vector<TableServer> servers_of(View& view, std::string_view table, const std::vector<mesh::ObjectPtr>& gateways) {
  std::vector<TableServer> out;
  std::set<std::string> tls_hosts;
  const auto targets = view.service_targets();
  for (const mesh::ObjectPtr& gateway : gateways) {
    for (const Server& server : gateway->spec<Gateway>().servers()) {
      const std::uint32_t port = gateway_listener_port(targets, server.port().number());
      if (gateway_table_name(server, port, gateway->key.name, gateway->key.ns) != table) continue;
      if (server.has_tls()) {
        const auto known = [&](const std::string& host) { return tls_hosts.contains(host); };
        if (std::any_of(server.hosts().begin(), server.hosts().end(), known)) continue;
        tls_hosts.insert(server.hosts().begin(), server.hosts().end());
      }
      out.push_back({gateway.get(), &server});
    }
  }
  return out;
}

// Routes of VirtualServices by Gateway and VirtualService: several hosts and servers use the same.
struct RouteCache {
  RouteScope& scope;
  std::map<std::string, VirtualHost> made;

  const VirtualHost& get(const TableServer& server, const mesh::Object& virtual_service, const std::string& source) {
    const auto [it, added] = made.try_emplace(source);
    if (!added) return it->second;
    scope.gateway = server.gateway_name();
    scope.listen_port = server.port();
    scope.tls = server.server->has_tls();
    append_routes(scope, virtual_service, &it->second);
    return it->second;
  }
};

void add_virtual_services(const TableServer& server, RouteCache& cache, GatewayHosts* hosts) {
  View& view = cache.scope.view;
  const std::vector<std::string> server_hosts(server.server->hosts().begin(), server.server->hosts().end());
  for (const mesh::VirtualServiceRef& ref : view.gateway_virtual_services(server.gateway->key.ns, server.gateway->key.name)) {
    const mesh::ObjectKey& key = ref.object->key;
    const auto shared = intersect_hosts(hosts_for_namespace(server_hosts, server.gateway->key.ns, key.ns), ref.hosts);
    if (shared.empty()) continue;
    const mesh::ObjectPtr whole = view.virtual_service(key.ns, key.name);
    if (whole == nullptr) continue;
    const std::string source = fmt::format("{} {}/{}", server.gateway_name(), key.ns, key.name);
    const VirtualHost& routes = cache.get(server, *whole, source);
    if (routes.routes().empty()) continue;
    for (const std::string& host : shared) {
      hosts->add_routes(host, server.port(), source, routes);
      if (server.server->tls().https_redirect()) hosts->redirect_to_https(host, server.port());
    }
  }
}

// Hosts of a redirecting server are redirected also where no VirtualService has them.
void add_redirects(const TableServer& server, GatewayHosts* hosts) {
  if (!server.server->tls().https_redirect()) return;
  for (std::string host : server.server->hosts()) {
    if (host.starts_with("*/")) host.erase(0, 2);
    if (host.find('/') == std::string::npos) hosts->redirect_to_https(host, server.port());
  }
}

// No VirtualService has routes for the table: every request is answered 404.
void add_blackhole(std::uint32_t port, RouteConfiguration* table) {
  auto* host = table->add_virtual_hosts();
  host->set_name(fmt::format("blackhole:{}", port));
  host->add_domains("*");
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
  const auto gateways = view.gateways();
  const auto servers = servers_of(view, subject, gateways);
  for (const TableServer& server : servers) {
    scope.from.push_back(server.gateway->key);
    add_virtual_services(server, cache, &hosts);
    add_redirects(server, &hosts);
  }
  if (hosts.empty() && !servers.empty()) add_blackhole(servers.front().port(), &table);
  hosts.move_to(proxy_headers(view.mesh_config()).attempt_count, &table);
  sort_unique(&scope.from);
  product.resources.push_back(make_resource(Type::kRoute, std::string(subject), table, scope.refs(), scope.from));
  product.notes = std::move(scope.notes);
}

}  // namespace amime::translate
