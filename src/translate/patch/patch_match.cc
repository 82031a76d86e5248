#include "translate/patch/patch_match.h"

#include <algorithm>
#include <charconv>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "networking/v1alpha3/envoy_filter.pb.h"
#include "translate/names.h"
#include "translate/split.h"

namespace amime::translate {
namespace {

using envoy::config::listener::v3::FilterChain;
using envoy::config::listener::v3::Listener;
using envoy::config::route::v3::Route;
using istio::networking::v1alpha3::EnvoyFilter;
using WrittenMatch = EnvoyFilter::RouteConfigurationMatch::RouteMatch;

// 0: no number.
std::uint32_t written_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc() && end == text.data() + text.size() ? value : 0;
}

bool contains(const google::protobuf::RepeatedPtrField<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// The listeners of captured traffic, where the port that was dialled decides about the filter chain.
bool is_virtual(const Listener& listener) { return listener.name() == kVirtualInbound || listener.name() == kVirtualOutbound; }

// "https.443.https-web.gateway.namespace": of a router's table.
struct GatewayTable {
  std::uint32_t port = 0;
  std::string port_name, gateway;  // NAMESPACE/NAME
};

GatewayTable parse_gateway_table(std::string_view name) {
  const auto parts = split(name, '.');
  GatewayTable out;
  if (parts.size() >= 2) out.port = written_number(parts[1]);
  if (parts.size() >= 5 && parts[0] == "https") {
    out.port_name = parts[2];
    out.gateway = std::string(parts[4]) + "/" + std::string(parts[3]);
  }
  return out;
}

// "9080", or "inbound|9080||".
std::uint32_t sidecar_table_port(std::string_view name) {
  const auto parts = split(name, '|');
  return parts.size() == 4 ? written_number(parts[1]) : written_number(name);
}

bool matches_gateway_table(const EnvoyFilter::RouteConfigurationMatch& match, const TableSubject& table) {
  const GatewayTable parsed = parse_gateway_table(table.name);
  if (!match.port_name().empty() && match.port_name() != parsed.port_name) return false;
  if (!match.gateway().empty() && match.gateway() != parsed.gateway) return false;
  if (match.port_number() == 0) return true;
  if (table.ports.empty()) return match.port_number() == parsed.port;
  return std::find(table.ports.begin(), table.ports.end(), match.port_number()) != table.ports.end();
}

WrittenMatch::Action action_of(const Route& route) {
  if (route.has_route()) return WrittenMatch::ROUTE;
  if (route.has_redirect()) return WrittenMatch::REDIRECT;
  return route.has_direct_response() ? WrittenMatch::DIRECT_RESPONSE : WrittenMatch::ANY;
}

}  // namespace

bool matches_cluster(const Patch& patch, const std::string& name, std::span<const std::string> services) {
  if (!patch.spec->match().has_cluster()) return true;
  const auto& match = patch.spec->match().cluster();
  if (!match.name().empty()) return match.name() == name;
  const auto parts = split(name, '|');  // DIRECTION|PORT|SUBSET|HOST
  const bool structured = parts.size() == 4;
  const std::string_view subset = structured ? parts[2] : std::string_view();
  const std::string_view host = structured ? parts[3] : std::string_view();
  if (!match.subset().empty() && match.subset() != subset) return false;
  if (match.port_number() != 0 && (!structured || match.port_number() != written_number(parts[1]))) return false;
  if (match.service().empty() || match.service() == host) return true;
  return std::find(services.begin(), services.end(), match.service()) != services.end();
}

std::string field_of(int index) { return "spec.configPatches[" + std::to_string(index) + "]"; }

bool adds_to(const Patch& patch, PatchContext context) {
  return patch.adds() && patch.means(context) && (patch.spec->match().context() != EnvoyFilter::ANY || context != PatchContext::kInbound);
}

bool is_for(const Patch& patch, int apply_to, PatchContext context, const Listener& listener) {
  return patch.spec->apply_to() == apply_to && patch.means(context) && matches_listener(patch, listener);
}

bool matches_listener(const Patch& patch, const Listener& listener) {
  if (!patch.spec->match().has_listener()) return true;
  const auto& match = patch.spec->match().listener();
  if (!match.name().empty() && match.name() != listener.name()) return false;
  if (patch.spec->apply_to() != EnvoyFilter::LISTENER && is_virtual(listener)) return true;
  if (match.port_number() == 0) return true;
  return listener.address().has_socket_address() && listener.address().socket_address().port_value() == match.port_number();
}

bool matches_chain(const Patch& patch, const Listener& listener, const FilterChain& chain) {
  if (!patch.spec->match().has_listener()) return true;
  const auto& listener_match = patch.spec->match().listener();
  const auto& is = chain.filter_chain_match();
  if (is_virtual(listener) && listener_match.port_number() > 0 && is.destination_port().value() != listener_match.port_number())
    return false;
  const auto& wanted = listener_match.filter_chain();
  if (!wanted.name().empty() && wanted.name() != chain.name()) return false;
  if (!wanted.sni().empty() && !contains(is.server_names(), wanted.sni())) return false;
  if (!wanted.transport_protocol().empty() && wanted.transport_protocol() != is.transport_protocol()) return false;
  if (wanted.destination_port() > 0 && is.destination_port().value() != wanted.destination_port()) return false;
  if (wanted.application_protocols().empty()) return true;
  const auto protocols = split(wanted.application_protocols(), ',');
  return std::all_of(protocols.begin(), protocols.end(), [&](auto protocol) { return contains(is.application_protocols(), protocol); });
}

std::string_view listener_filter_of(const Patch& patch) { return patch.spec->match().listener().listener_filter(); }
std::string_view network_filter_of(const Patch& patch) { return patch.spec->match().listener().filter_chain().filter().name(); }
std::string_view http_filter_of(const Patch& patch) { return patch.spec->match().listener().filter_chain().filter().sub_filter().name(); }

bool matches_table(const Patch& patch, const TableSubject& table) {
  if (!patch.spec->match().has_route_configuration()) return true;
  const auto& match = patch.spec->match().route_configuration();
  if (!match.name().empty() && match.name() != table.name) return false;
  if (table.context == PatchContext::kGateway) return matches_gateway_table(match, table);
  return match.port_number() == 0 || match.port_number() == sidecar_table_port(table.name);
}

bool matches_virtual_host(const Patch& patch, const envoy::config::route::v3::VirtualHost& host) {
  const auto& match = patch.spec->match().route_configuration().vhost();
  return (match.name().empty() || match.name() == host.name()) &&
         (match.domain_name().empty() || contains(host.domains(), match.domain_name()));
}

bool names_a_route(const Patch& patch) { return patch.spec->match().route_configuration().vhost().has_route(); }

bool matches_route(const Patch& patch, const Route& route) {
  const auto& match = patch.spec->match().route_configuration().vhost().route();
  if (!match.name().empty() && match.name() != route.name()) return false;
  return match.action() == WrittenMatch::ANY || action_of(route) == WrittenMatch::ANY || match.action() == action_of(route);
}

}  // namespace amime::translate
