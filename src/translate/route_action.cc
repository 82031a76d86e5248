#include "translate/route_action.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "envoy/config/route/v3/route_components.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/destination.h"
#include "translate/hash_policy.h"
#include "translate/header_ops.h"
#include "translate/hosts.h"
#include "translate/mirror.h"
#include "translate/names.h"
#include "translate/retry.h"
#include "translate/route_config.h"

// max_grpc_timeout is deprecated, but what replaces it (max_stream_duration) behaves otherwise, and Istio uses this one.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::translate {
namespace {

using envoy::config::route::v3::Route;
using envoy::config::route::v3::RouteAction;
using istio::networking::v1alpha3::HTTPRoute;

// Without `timeout` there is none. gRPC clients may ask for less than the route's, never for more.
void set_timeout(const HTTPRoute* route, RouteAction* action) {
  auto* timeout = action->mutable_timeout();
  if (route != nullptr && route->has_timeout()) *timeout = route->timeout();
  *action->mutable_max_grpc_timeout() = *timeout;
}

// "/" in the place of a prefix of whole elements: nothing is left of it, and no two slashes either.
void remove_prefix(const std::string& prefix, RouteAction* action) {
  action->mutable_regex_rewrite()->mutable_pattern()->set_regex(fmt::format("^{}(/?)(.*)", re2::RE2::QuoteMeta(prefix)));
  action->mutable_regex_rewrite()->set_substitution("/\\2");
}

void set_rewrite(RouteScope& scope, const HTTPRoute& route, const std::string& elements, std::string* authority, RouteAction* action) {
  if (!route.has_rewrite()) return;
  const auto& rewrite = route.rewrite();
  action->set_append_x_forwarded_host(proxy_headers(scope.view.proxy_config()).forwarded_host);
  if (rewrite.has_uri_regex_rewrite()) {
    action->mutable_regex_rewrite()->mutable_pattern()->set_regex(rewrite.uri_regex_rewrite().match());
    action->mutable_regex_rewrite()->set_substitution(rewrite.uri_regex_rewrite().rewrite());
  } else if (rewrite.uri() == "/" && !elements.empty()) {
    remove_prefix(elements, action);
  } else if (!rewrite.uri().empty()) {
    action->set_prefix_rewrite(rewrite.uri());
  }
  if (!rewrite.authority().empty()) *authority = rewrite.authority();
}

void add_single(RouteScope& scope, const PlainRoute& route, Route* out) {
  const auto& destination = route.route->route(0);
  const std::string field = route.field + ".route[0]";
  RouteAction* action = out->mutable_route();
  action->set_cluster(destination_cluster(scope, destination.destination(), route.object, field + ".destination"));
  if (!destination.has_headers()) return;
  const std::string authority = apply_headers(scope, destination.headers(), route.object, field + ".headers", out);
  // The route's own rewrite comes first, as it does where there are several destinations.
  if (!authority.empty() && action->host_rewrite_literal().empty()) action->set_host_rewrite_literal(authority);
}

// Destinations of weight 0 get nothing and are left out.
void add_weighted(RouteScope& scope, const PlainRoute& route, RouteAction* action) {
  for (int i = 0; i < route.route->route_size(); ++i) {
    const auto& destination = route.route->route(i);
    if (destination.weight() <= 0) continue;
    const std::string field = fmt::format("{}.route[{}]", route.field, i);
    auto* cluster = action->mutable_weighted_clusters()->add_clusters();
    cluster->set_name(destination_cluster(scope, destination.destination(), route.object, field + ".destination"));
    cluster->mutable_weight()->set_value(static_cast<std::uint32_t>(destination.weight()));
    if (!destination.has_headers()) continue;
    const std::string authority = apply_headers(scope, destination.headers(), route.object, field + ".headers", cluster);
    if (!authority.empty()) cluster->set_host_rewrite_literal(authority);
  }
}

bool add_hash_policies(RouteScope& scope, const HTTPRoute& route, RouteAction* action) {
  bool hashed = false;
  for (const auto& destination : route.route()) {
    if (route.route_size() > 1 && destination.weight() <= 0) continue;
    hashed = add_hash_policy(scope, destination.destination(), action) || hashed;
  }
  return hashed;
}

void set_retries(RouteScope& scope, const HTTPRoute* route, bool single_and_hashed, RouteAction* action) {
  envoy::config::route::v3::RetryPolicy policy;
  const auto* retries = route != nullptr && route->has_retries() ? &route->retries() : nullptr;
  if (set_retry_policy(retries, scope.view.mesh_config(), single_and_hashed, &policy)) *action->mutable_retry_policy() = policy;
}

}  // namespace

bool apply_destinations(RouteScope& scope, const PlainRoute& plain, const std::string& authority, Route* out) {
  const HTTPRoute& route = *plain.route;
  RouteAction* action = out->mutable_route();
  set_timeout(&route, action);
  std::string host = authority;
  set_rewrite(scope, route, out->match().path_separated_prefix(), &host, action);
  if (scope.gateway_api) action->set_cluster_not_found_response_code(RouteAction::INTERNAL_SERVER_ERROR);
  if (!host.empty()) action->set_host_rewrite_literal(host);
  apply_mirrors(scope, route, plain.object, plain.field, action);
  const bool single = route.route_size() == 1;
  if (single) {
    add_single(scope, plain, out);
  } else {
    add_weighted(scope, plain, action);
    if (action->weighted_clusters().clusters().empty()) {
      scope.note(plain.object, "not-honoured", plain.field + ".route", "no destination has a weight; the route is left out");
      return false;
    }
  }
  const bool hashed = add_hash_policies(scope, route, action);
  set_retries(scope, &route, single && hashed, action);
  return true;
}

void fill_default_route(RouteScope& scope, std::string_view host, std::uint32_t port, Route* out) {
  std::string cluster = outbound_cluster_name(port, "", host);
  scope.clusters.insert(cluster);
  out->set_name("default");
  out->mutable_match()->set_prefix("/");
  out->mutable_decorator()->set_operation(host_and_port(host, port) + "/*");
  RouteAction* action = out->mutable_route();
  action->set_cluster(std::move(cluster));
  set_timeout(nullptr, action);
  add_service_hash_policy(scope, host, port, action);
  set_retries(scope, nullptr, false, action);
}

}  // namespace amime::translate
