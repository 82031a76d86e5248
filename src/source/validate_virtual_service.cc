// networking.istio.io VirtualService: the object as a whole. Its HTTP routes are in validate_http_route.cc.
#include <fmt/format.h>

#include <algorithm>

#include "mesh/mesh.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "source/checks.h"
#include "source/validators.h"

namespace amime::source {
namespace {

constexpr char kMeshGateway[] = "mesh";

struct Scope {
  const networking::VirtualService& service;
  bool delegate;    // no hosts: another VirtualService delegates to it
  bool to_gateway;  // bound to gateways and not to sidecars
  bool sni;         // matches SNI somewhere
};

Scope scope_of(const networking::VirtualService& service) {
  const auto& gateways = service.gateways();
  const bool mesh = gateways.empty() || std::find(gateways.begin(), gateways.end(), kMeshGateway) != gateways.end();
  bool sni = false;
  for (const auto& route : service.tls())
    for (const auto& match : route.match()) sni |= match.sni_hosts_size() > 0;
  return {service, service.hosts().empty(), !mesh, sni};
}

// outbound_.PORT_.SUBSET_.HOST is what AUTO_PASSTHROUGH gateways see.
bool is_auto_passthrough_sni(std::string_view host) {
  return host.starts_with("outbound_") && std::count(host.begin(), host.end(), '_') >= 3;
}

std::string wrong_with_host(const std::string& host, const Scope& scope) {
  if (is_ip(host) || (scope.to_gateway && scope.sni && is_auto_passthrough_sni(host))) return {};
  return wrong_with_wildcard_host(host);
}

void check_hosts(const Scope& scope, const Path& at, Errors& errors) {
  const auto& hosts = scope.service.hosts();
  bool good = true;
  for (int i = 0; i < hosts.size(); ++i) {
    std::string wrong = wrong_with_host(hosts[i], scope);
    if (hosts[i] == "*" && !scope.to_gateway)
      errors.warn(at / i, "\"*\" is meant for gateways; in sidecars it takes the place of every service's routes");
    good &= wrong.empty();
    check_wrong(std::move(wrong), at / i, errors);
  }
  for (int i = 0; good && i < hosts.size(); ++i)
    for (int j = 0; j < hosts.size(); ++j)
      if (i != j && mesh::host_matches(hosts[i], hosts[j]) && (j > i || hosts[i] != hosts[j]))
        errors.warn(at / j, fmt::format("\"{}\" is covered by \"{}\"", hosts[j], hosts[i]));
}

void check_delegate(const Scope& scope, const Path& at, Errors& errors) {
  if (!scope.delegate) return;
  if (!scope.service.gateways().empty()) errors.add(at / "gateways", "has no meaning in a delegate (a VirtualService without hosts)");
  if (!scope.service.tls().empty()) errors.add(at / "tls", "a delegate (a VirtualService without hosts) has http routes only");
  if (!scope.service.tcp().empty()) errors.add(at / "tcp", "a delegate (a VirtualService without hosts) has http routes only");
}

template <class Routes>
void check_destinations(const Routes& routes, const Path& at, Errors& errors) {
  if (routes.empty()) return errors.add(at, "is required");
  std::int64_t total = 0;
  for (int i = 0; i < routes.size(); ++i) {
    if (!routes[i].has_destination())
      errors.add(at / i / "destination", "is required");
    else
      check_destination(routes[i].destination(), at / i / "destination", errors);
    check_not_negative(routes[i].weight(), at / i / "weight", errors);
    total += routes[i].weight();
  }
  if (routes.size() > 1 && total == 0) errors.add(at, "the weights add up to 0");
}

template <class Match>
void check_l4_match(const Match& match, const Path& at, Errors& errors) {
  check_addresses(list_of(match.destination_subnets()), at / "destinationSubnets", errors);
  if (match.port()) check_port(match.port(), at / "port", errors);
  check_labels(map_of(match.source_labels()), at / "sourceLabels", errors);
  check_gateway_names(list_of(match.gateways()), at / "gateways", errors);
}

// The SNI should be one of the VirtualService's hosts, or more special. Routing does not depend on it.
void check_sni(const std::string& sni, const Scope& scope, const Path& at, Errors& errors) {
  if (is_ip(sni)) return errors.warn(at, "clients do not send IP addresses as SNI");
  std::string wrong = wrong_with_host(sni, scope);
  const auto& hosts = scope.service.hosts();
  if (wrong.empty() && std::none_of(hosts.begin(), hosts.end(), [&](const std::string& host) { return mesh::host_matches(host, sni); }))
    errors.warn(at, fmt::format("\"{}\" belongs to none of the hosts", sni));
  check_wrong(std::move(wrong), at, errors);
}

void check_tls_route(const networking::TLSRoute& route, const Scope& scope, const Path& at, Errors& errors) {
  if (route.match().empty()) errors.add(at / "match", "at least one is required");
  for (int i = 0; i < route.match_size(); ++i) {
    const auto& match = route.match(i);
    const Path here = at / "match" / i;
    if (match.sni_hosts().empty()) errors.add(here / "sniHosts", "at least one is required");
    for (int j = 0; j < match.sni_hosts_size(); ++j) check_sni(match.sni_hosts(j), scope, here / "sniHosts" / j, errors);
    check_l4_match(match, here, errors);
  }
  check_destinations(route.route(), at / "route", errors);
}

void check_tcp_route(const networking::TCPRoute& route, const Path& at, Errors& errors) {
  for (int i = 0; i < route.match_size(); ++i) check_l4_match(route.match(i), at / "match" / i, errors);
  check_destinations(route.route(), at / "route", errors);
}

// A route without match takes everything: what follows is never reached.
template <class Routes>
void warn_unreachable(const Routes& routes, const Path& at, Errors& errors) {
  for (int i = 0; i + 1 < routes.size(); ++i)
    if (routes[i].match().empty())
      return errors.warn(at / (i + 1), fmt::format("is never reached: route {} has no match and takes everything", i));
}

}  // namespace

void validate_virtual_service(const networking::VirtualService& service, const std::string& ns, Errors& errors) {
  const Path spec = Path() / "spec";
  const Scope scope = scope_of(service);
  check_delegate(scope, spec, errors);
  check_gateway_names(list_of(service.gateways()), spec / "gateways", errors);
  check_hosts(scope, spec / "hosts", errors);
  if (service.http().empty() && service.tcp().empty() && service.tls().empty()) errors.add(spec, "one of http, tls, tcp is required");
  for (int i = 0; i < service.http_size(); ++i)
    check_http_route(service.http(i), scope.delegate, scope.to_gateway, spec / "http" / i, errors);
  for (int i = 0; i < service.tls_size(); ++i) check_tls_route(service.tls(i), scope, spec / "tls" / i, errors);
  for (int i = 0; i < service.tcp_size(); ++i) check_tcp_route(service.tcp(i), spec / "tcp" / i, errors);
  check_export_to(list_of(service.export_to()), ns, false, spec / "exportTo", errors);
  warn_unreachable(service.http(), spec / "http", errors);
  warn_unreachable(service.tcp(), spec / "tcp", errors);
}

}  // namespace amime::source
