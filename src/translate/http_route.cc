#include "translate/http_route.h"

#include <fmt/format.h>

#include "envoy/config/route/v3/route_components.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/config_metadata.h"
#include "translate/cors.h"
#include "translate/delegate.h"
#include "translate/fault.h"
#include "translate/header_ops.h"
#include "translate/hosts.h"
#include "translate/http_match.h"
#include "translate/redirect.h"
#include "translate/route_action.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::Route;
using envoy::config::route::v3::RouteMatch;
using istio::networking::v1alpha3::HTTPMatchRequest;
using istio::networking::v1alpha3::HTTPRoute;

// The end of an operation's name in traces: the path that the route matches.
std::string operation_path(const RouteMatch& match) {
  switch (match.path_specifier_case()) {
    case RouteMatch::kPrefix: return match.prefix() + "*";
    case RouteMatch::kPathSeparatedPrefix: return match.path_separated_prefix() + "*";
    case RouteMatch::kPath: return match.path();
    case RouteMatch::kSafeRegex: return match.safe_regex().regex();
    default: return "/*";
  }
}

// "HOST:PORT/PATH" of the only destination, else the VirtualService's name in the host's place.
std::string operation(const RouteScope& scope, const mesh::Object& virtual_service, const Route& route) {
  const std::string path = operation_path(route.match());
  const std::string& cluster = route.route().cluster();  // outbound|PORT|SUBSET|HOST
  if (cluster.empty()) return fmt::format("{}:{}{}", virtual_service.key.name, scope.listen_port, path);
  const auto port = cluster.find('|') + 1;
  const auto subset = cluster.find('|', port);
  const auto host = cluster.find('|', subset + 1) + 1;
  return fmt::format("{}:{}{}", cluster.substr(host), cluster.substr(port, subset - port), path);
}

std::string route_name(const HTTPRoute& route, const HTTPMatchRequest* match) {
  return match == nullptr || match->name().empty() ? route.name() : route.name() + "." + match->name();
}

// False: the route cannot be had; it was noted.
bool set_action(RouteScope& scope, const PlainRoute& plain, Route* out) {
  const HTTPRoute& route = *plain.route;
  std::string authority;
  if (route.has_headers()) authority = apply_headers(scope, route.headers(), plain.object, plain.field + ".headers", out);
  if (route.has_redirect()) return apply_redirect(scope, route.redirect(), plain.object, plain.field + ".redirect", out);
  if (route.has_direct_response()) {
    apply_direct_response(route.direct_response(), out);
    return true;
  }
  return apply_destinations(scope, plain, authority, out);
}

// `match` null: the route matches everything. False: nothing was filled in.
bool fill_route(RouteScope& scope, const mesh::Object& virtual_service, const PlainRoute& plain, const HTTPMatchRequest* match,
                const std::string& match_field, Route* out) {
  const HTTPRoute& route = *plain.route;
  out->set_name(route_name(route, match));
  if (match == nullptr) {
    out->mutable_match()->set_prefix("/");
  } else {
    set_route_match(scope, *match, plain.object, match_field, out->mutable_match());
    out->set_stat_prefix(match->stat_prefix());
  }
  set_config_metadata(virtual_service.key, out->mutable_metadata());
  if (!set_action(scope, plain, out)) return false;
  out->mutable_decorator()->set_operation(operation(scope, virtual_service, *out));
  if (route.has_fault()) apply_fault(scope, route.fault(), plain.object, plain.field + ".fault", out);
  if (route.has_cors_policy()) apply_cors(route.cors_policy(), out);
  return true;
}

void set_meaning(const mesh::Object& virtual_service, RouteScope* scope) {
  const auto kind = virtual_service.derived ? virtual_service.derived->from.front().kind : mesh::Kind::kVirtualService;
  scope->gateway_api = kind == mesh::Kind::kHttpRoute || kind == mesh::Kind::kGrpcRoute;
  scope->path_elements = scope->gateway_api || kind == mesh::Kind::kIngress;
}

}  // namespace

bool is_catch_all(const Route& route) {
  const RouteMatch& match = route.match();
  const bool any_path = (match.path_specifier_case() == RouteMatch::kPrefix && match.prefix() == "/") ||
                        (match.path_specifier_case() == RouteMatch::kSafeRegex && match.safe_regex().regex() == ".*");
  return any_path && match.headers().empty() && match.query_parameters().empty() && match.dynamic_metadata().empty();
}

std::size_t append_routes(RouteScope& scope, const mesh::Object& virtual_service, envoy::config::route::v3::VirtualHost* out) {
  const int before = out->routes_size();
  const auto append = [&](const PlainRoute& plain, const HTTPMatchRequest* match, const std::string& field) {
    Route route;
    if (fill_route(scope, virtual_service, plain, match, field, &route)) out->add_routes()->Swap(&route);
  };
  scope.from.push_back(virtual_service.key);
  set_meaning(virtual_service, &scope);
  for (const PlainRoute& plain : plain_routes(scope, virtual_service)) {
    const auto& matches = plain.route->match();
    if (matches.empty()) {
      append(plain, nullptr, plain.field);
      break;
    }
    for (int i = 0; i < matches.size(); ++i) {
      if (!applies_here(scope, matches[i])) continue;
      append(plain, &matches[i], fmt::format("{}.match[{}]", plain.field, i));
      if (!out->routes().empty() && out->routes_size() > before && is_catch_all(out->routes(out->routes_size() - 1))) {
        return static_cast<std::size_t>(out->routes_size() - before);
      }
    }
  }
  return static_cast<std::size_t>(out->routes_size() - before);
}

}  // namespace amime::translate
