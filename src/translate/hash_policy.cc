#include "translate/hash_policy.h"

#include <algorithm>

#include "envoy/config/route/v3/route_components.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::RouteAction;
using istio::networking::v1alpha3::LoadBalancerSettings;
using istio::networking::v1alpha3::TrafficPolicy;
using ConsistentHash = LoadBalancerSettings::ConsistentHashLB;

const ConsistentHash* hash_of(const LoadBalancerSettings& settings) {
  return settings.has_consistent_hash() ? &settings.consistent_hash() : nullptr;
}

const ConsistentHash* hash_of_port(const TrafficPolicy& policy, std::uint32_t port) {
  for (const auto& setting : policy.port_level_settings()) {
    if (setting.port().number() == port) return hash_of(setting.load_balancer());
  }
  return nullptr;
}

const ConsistentHash* first(std::initializer_list<const ConsistentHash*> candidates) {
  for (const ConsistentHash* hash : candidates) {
    if (hash != nullptr) return hash;
  }
  return nullptr;
}

void set_cookie(const ConsistentHash::HTTPCookie& cookie, RouteAction::HashPolicy::Cookie* out) {
  out->set_name(cookie.name());
  out->set_path(cookie.path());
  if (cookie.has_ttl()) *out->mutable_ttl() = cookie.ttl();
  for (const auto& attribute : cookie.attributes()) {
    auto* to = out->add_attributes();
    to->set_name(attribute.name());
    to->set_value(attribute.value());
  }
}

void append(const ConsistentHash& hash, RouteAction* action) {
  switch (hash.hash_key_case()) {
    case ConsistentHash::kHttpHeaderName: action->add_hash_policy()->mutable_header()->set_header_name(hash.http_header_name()); break;
    case ConsistentHash::kHttpCookie: set_cookie(hash.http_cookie(), action->add_hash_policy()->mutable_cookie()); break;
    case ConsistentHash::kUseSourceIp:
      action->add_hash_policy()->mutable_connection_properties()->set_source_ip(hash.use_source_ip());
      break;
    case ConsistentHash::kHttpQueryParameterName:
      action->add_hash_policy()->mutable_query_parameter()->set_name(hash.http_query_parameter_name());
      break;
    case ConsistentHash::HASH_KEY_NOT_SET: break;
  }
}

bool add(const mesh::DestinationPolicy& policy, const ConsistentHash* hash, RouteScope& scope, RouteAction* action) {
  if (hash == nullptr) return false;
  append(*hash, action);
  scope.from.insert(scope.from.end(), policy.from.begin(), policy.from.end());
  return true;
}

}  // namespace

bool add_hash_policy(RouteScope& scope, const istio::networking::v1alpha3::Destination& destination, RouteAction* action) {
  const mesh::DestinationPolicyPtr policy = scope.view.destination(destination.host());
  if (policy == nullptr) return false;
  const TrafficPolicy& top = policy->rule->traffic_policy();
  const std::uint32_t port = destination.port().number();
  const auto of_port = [&](const TrafficPolicy& of) { return destination.has_port() ? hash_of_port(of, port) : nullptr; };
  const auto& subsets = policy->rule->subsets();
  const auto subset = std::find_if(subsets.begin(), subsets.end(), [&](const auto& s) { return s.name() == destination.subset(); });
  const ConsistentHash* of_subset = nullptr;
  if (subset != subsets.end()) {
    of_subset = first({of_port(subset->traffic_policy()), hash_of(subset->traffic_policy().load_balancer())});
  }
  return add(*policy, first({of_subset, of_port(top), hash_of(top.load_balancer())}), scope, action);
}

bool add_service_hash_policy(RouteScope& scope, std::string_view host, std::uint32_t port, RouteAction* action) {
  const mesh::DestinationPolicyPtr policy = scope.view.destination(host);
  if (policy == nullptr) return false;
  const TrafficPolicy& top = policy->rule->traffic_policy();
  return add(*policy, first({hash_of_port(top, port), hash_of(top.load_balancer())}), scope, action);
}

}  // namespace amime::translate
