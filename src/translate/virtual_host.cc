// One virtual host of an outbound table: of a service, of a host that only a VirtualService knows, or of everything else.
#include <fmt/format.h>

#include <algorithm>

#include "envoy/config/route/v3/route_components.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/catch_all.h"
#include "translate/domains.h"
#include "translate/hosts.h"
#include "translate/http_route.h"
#include "translate/patch/patch_routes.h"
#include "translate/route_action.h"
#include "translate/route_config.h"
#include "translate/route_scope.h"
#include "translate/rules.h"
#include "translate/service_addresses.h"
#include "translate/socket_address.h"
#include "translate/table_index.h"
#include "translate/table_plan.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::VirtualHost;
using Kind = VirtualHostPlan::Kind;

mesh::ObjectKey key_of(const std::string& name) {
  const auto slash = name.find('/');
  return {mesh::Kind::kVirtualService, name.substr(0, slash), name.substr(slash + 1)};
}

// The first VirtualService that has a route for this client; false: none has. Outside Gateways, VirtualServices of one host
// are not merged: what comes later is told that it does not count.
bool add_virtual_service_routes(RouteScope& scope, const VirtualHostPlan& plan, VirtualHost* out) {
  std::string chosen;
  for (const std::string& name : plan.virtual_services) {
    const mesh::ObjectKey key = key_of(name);
    if (!chosen.empty()) {
      scope.note(key, "conflict", "spec.hosts", fmt::format("{} is routed by VirtualService {}, which comes first", plan.host, chosen));
      continue;
    }
    const mesh::ObjectPtr object = scope.view.virtual_service(key.ns, key.name);
    if (object != nullptr && append_routes(scope, *object, out) > 0) chosen = name;
  }
  return !chosen.empty();
}

bool add_routes(RouteScope& scope, const VirtualHostPlan& plan, const mesh::Service* service, VirtualHost* out) {
  if (add_virtual_service_routes(scope, plan, out)) return true;
  if (service == nullptr || service->resolution == mesh::Resolution::kAlias) return false;
  fill_default_route(scope, plan.host, plan.port, out->add_routes());
  return true;
}

// Whether the client may say the host's first label alone.
bool is_local_name(View& view, std::string_view host) {
  const std::string_view ns = namespace_in_name(host);
  return !ns.empty() && view.in_namespace(ns);
}

void add_domains(View& view, const VirtualHostPlan& plan, const mesh::Service* service, VirtualHost* out) {
  if (plan.any_domain) {
    out->add_domains("*");
    return;
  }
  if (service == nullptr) {
    // In a table of all ports a bare host means port 80.
    if (!plan.all_ports || plan.port == 80) out->add_domains(bracketed(lower(plan.host)));
    return;
  }
  DomainRequest request{.service = service,
                        .addresses = addresses_to_dial(view, *service),
                        .same_namespace = is_local_name(view, service->host),
                        .excluded = plan.excluded};
  request.port = plan.port;
  request.with_ports = plan.all_ports;
  for (const std::string& alias : plan.aliases) request.aliases.push_back({alias, is_local_name(view, alias)});
  for (std::string& domain : service_domains(request)) out->add_domains(std::move(domain));
}

// False: the host goes.
bool patch(View& view, const VirtualHostPlan& plan, VirtualHost* host, RouteScope* scope, Product* product) {
  RoutePatching patching;
  const bool stays = patch_virtual_host(view, {PatchContext::kOutbound, plan.table, {}}, host, &patching);
  product->take(patching.taken, &scope->from);
  scope->clusters.merge(patching.clusters);
  return stays;
}

void finish(View& view, const VirtualHostPlan& plan, VirtualHost* host, RouteScope* scope, Product* product) {
  product->notes = std::move(scope->notes);
  host->set_include_request_attempt_count(proxy_headers(view.proxy_config()).attempt_count);
  if (!patch(view, plan, host, scope, product)) return;
  // Envoy removes a virtual host by the name of its resource, so its own name must be the same; where the table travels
  // whole, the engine puts the bare name back.
  host->set_name(fmt::format("{}/{}", plan.table, host->name()));
  std::sort(scope->from.begin(), scope->from.end());
  scope->from.erase(std::unique(scope->from.begin(), scope->from.end()), scope->from.end());
  product->resources.push_back(make_resource(Type::kVirtualHost, host->name(), *host, scope->refs(), scope->from));
}

}  // namespace

// Subject: see VirtualHostPlan. No resource where nothing is routed: all VirtualServices of the host are for other clients.
void virtual_host(View& view, std::string_view subject, Product& product) {
  const VirtualHostPlan plan = parse_virtual_host(subject);
  RouteScope scope{.view = view, .listen_port = plan.all_ports ? 0 : plan.port};
  VirtualHost host;
  if (plan.kind == Kind::kCatchAll) {
    fill_catch_all(scope, &host);
    finish(view, plan, &host, &scope, &product);
    return;
  }
  const mesh::ServicePtr service = plan.kind == Kind::kService ? view.service(plan.host) : nullptr;
  if (plan.kind == Kind::kService && service == nullptr) return;
  host.set_name(plan.name());
  add_domains(view, plan, service.get(), &host);
  const bool routed = add_routes(scope, plan, service.get(), &host);
  if (!routed || host.domains().empty()) {
    product.notes = std::move(scope.notes);
    return;
  }
  if (service != nullptr) scope.from.push_back(service->source);
  finish(view, plan, &host, &scope, &product);
}

}  // namespace amime::translate
