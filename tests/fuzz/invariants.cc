#include "fuzz/invariants.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <vector>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/core/v3/extension.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/secret.pb.h"
#include "fuzz/chain_matches.h"
#include "fuzz/constraints.h"
#include "nds/name_table.pb.h"

namespace amime::test {
namespace {

using envoy::config::core::v3::SocketAddress;
using envoy::config::listener::v3::Listener;
using envoy::config::route::v3::RouteConfiguration;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using translate::Catalog;
using translate::Resource;
using translate::Type;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool is_ip(const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

std::string check(const Catalog&, const envoy::config::cluster::v3::Cluster& cluster) {
  using Cluster = envoy::config::cluster::v3::Cluster;
  if (cluster.type() == Cluster::EDS && cluster.has_load_assignment()) return "asks for endpoints and has some";
  const bool named = cluster.type() == Cluster::STRICT_DNS || cluster.type() == Cluster::LOGICAL_DNS;
  for (const auto& locality : cluster.load_assignment().endpoints())
    for (const auto& endpoint : locality.lb_endpoints()) {
      const auto& address = endpoint.endpoint().address();
      if (address.has_socket_address() && !named && !is_ip(address.socket_address().address()))
        return "\"" + address.socket_address().address() + "\" is no IP address";
    }
  return {};
}

std::string check(const Catalog&, const envoy::config::endpoint::v3::ClusterLoadAssignment& assignment) {
  for (const auto& locality : assignment.endpoints()) {
    std::uint64_t weight = 0;
    for (const auto& endpoint : locality.lb_endpoints()) {
      const auto& address = endpoint.endpoint().address();
      weight += std::max(1u, endpoint.load_balancing_weight().value());
      if (address.has_socket_address() && !is_ip(address.socket_address().address()))
        return "\"" + address.socket_address().address() + "\" is no IP address";
    }
    if (weight > UINT32_MAX) return "the weights of a locality are more than 32 bits";
  }
  return {};
}

std::string check(const Catalog&, const RouteConfiguration& table) {
  std::set<std::string> names, domains;
  for (const auto& host : table.virtual_hosts()) {
    if (!names.insert(host.name()).second) return "virtual host " + host.name() + " stands twice";
    for (const auto& domain : host.domains())
      if (!domains.insert(lower(domain)).second) return "domain " + domain + " stands twice";
    for (const auto& route : host.routes()) {
      std::uint64_t weight = 0;
      for (const auto& cluster : route.route().weighted_clusters().clusters()) weight += cluster.weight().value();
      if (route.route().has_weighted_clusters() && (weight == 0 || weight > UINT32_MAX))
        return fmt::format("the weights of a route of {} are {}", host.name(), weight);
    }
  }
  return {};
}

std::string check(const Catalog&, const envoy::config::route::v3::VirtualHost&) { return {}; }
std::string check(const Catalog&, const envoy::config::core::v3::TypedExtensionConfig&) { return {}; }
std::string check(const Catalog&, const envoy::extensions::transport_sockets::tls::v3::Secret&) { return {}; }

std::string check_manager(const Catalog& catalog, const HttpConnectionManager& manager) {
  if (manager.http_filters().empty() || manager.http_filters().rbegin()->name() != "envoy.filters.http.router")
    return "its last HTTP filter is no router";
  std::set<std::string> names;
  for (const auto& filter : manager.http_filters())
    if (filter.has_config_discovery() && !catalog.of(Type::kExtension)->find(filter.name()))
      return "extension " + filter.name() + " is not there";
  const std::string& table = manager.rds().route_config_name();
  if (manager.has_rds() && !catalog.of(Type::kRoute)->find(table)) return "route table " + table + " is not there";
  return manager.has_route_config() ? check(catalog, manager.route_config()) : std::string();
}

std::string check_chain(const Catalog& catalog, const envoy::config::listener::v3::FilterChain& chain) {
  if (chain.filters().empty()) return "chain " + chain.name() + " has no filters";
  for (const auto& filter : chain.filters()) {
    HttpConnectionManager manager;
    const bool last = &filter == &*chain.filters().rbegin();
    const bool terminal = filter.typed_config().UnpackTo(&manager) || filter.name() == "envoy.filters.network.tcp_proxy";
    if (!terminal && last) return "chain " + chain.name() + " ends in " + filter.name();
    if (terminal && !last) return "chain " + chain.name() + " goes on after " + filter.name();
    if (manager.stat_prefix().empty()) continue;
    if (std::string wrong = check_manager(catalog, manager); !wrong.empty()) return "chain " + chain.name() + ": " + wrong;
  }
  return {};
}

std::string check(const Catalog& catalog, const Listener& listener) {
  const auto& address = listener.address();
  if (address.has_socket_address() && !is_ip(address.socket_address().address()))
    return "\"" + address.socket_address().address() + "\" is no IP address";
  for (const auto& chain : listener.filter_chains())
    if (std::string wrong = check_chain(catalog, chain); !wrong.empty()) return wrong;
  if (listener.has_default_filter_chain())
    if (std::string wrong = check_chain(catalog, listener.default_filter_chain()); !wrong.empty()) return wrong;
  if (listener.filter_chains().empty() && !listener.has_default_filter_chain()) return "has no filter chains";
  return overlapping_matches(listener);
}

const std::string& name_of(const envoy::config::endpoint::v3::ClusterLoadAssignment& message) { return message.cluster_name(); }
template <class Message>
const std::string& name_of(const Message& message) {
  return message.name();
}

template <class Message>
std::string check_resource(const Catalog& catalog, const Resource& resource) {
  Message message;
  if (!message.ParseFromString(std::string(resource.message()))) return "does not decode";
  if (name_of(message).empty() || name_of(message) != resource.name) return "calls itself \"" + name_of(message) + "\"";
  if (std::string broken = broken_constraint(message); !broken.empty()) return broken;
  return check(catalog, message);
}

// It has no name. Not Envoy's: its agent looks hosts up in it.
std::string check_names(const Catalog&, const Resource& resource) {
  istio::networking::nds::v1::NameTable table;
  if (!table.ParseFromString(std::string(resource.message()))) return "does not decode";
  for (const auto& [host, info] : table.table())
    if (host.empty() || info.ips().empty()) return "has \"" + host + "\" without an address";
  return {};
}

using Check = std::string (*)(const Catalog&, const Resource&);
constexpr Check kChecks[] = {check_resource<envoy::config::cluster::v3::Cluster>,
                             check_resource<envoy::config::endpoint::v3::ClusterLoadAssignment>,
                             check_resource<envoy::config::core::v3::TypedExtensionConfig>,
                             check_resource<Listener>,
                             check_resource<RouteConfiguration>,
                             check_resource<envoy::config::route::v3::VirtualHost>,
                             check_resource<envoy::extensions::transport_sockets::tls::v3::Secret>,
                             check_names};
static_assert(std::size(kChecks) == translate::kTypes);

// Routes may name clusters that are not there (a host that nobody has: 503, and a note); endpoints are asked for all the same.
std::string dangling(const Catalog& catalog, const Resource& resource) {
  const bool missing = resource.eds && !catalog.of(Type::kEndpoint)->find(resource.eds_name);
  return missing ? "asks for endpoints that are not there" : std::string();
}

}  // namespace

std::string refusable(const Catalog& catalog) {
  std::string out;
  for (std::size_t type = 0; type < translate::kTypes; ++type) {
    std::set<std::string> names;
    std::map<std::uint64_t, std::string> claims;
    catalog.sets[type]->for_each([&](const translate::ResourcePtr& resource) {
      std::string wrong = names.insert(resource->name).second ? std::string() : "stands twice";
      if (wrong.empty()) wrong = kChecks[type](catalog, *resource);
      if (wrong.empty()) wrong = dangling(catalog, *resource);
      for (const auto claim : resource->claims)
        if (const auto [at, first] = claims.emplace(claim, resource->name); !first && wrong.empty())
          wrong = "claims what " + at->second + " has";
      if (out.empty() && !wrong.empty())
        out = fmt::format("{} {}: {}", translate::type_short(static_cast<Type>(type)), resource->name, wrong);
    });
  }
  return out;
}

}  // namespace amime::test
