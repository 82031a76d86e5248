#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/policy.h"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;

// Destination-level and port-level policies share these four; the rest exists at destination level only.
template <class Policy>
TrafficSettings common_settings(const Policy& policy) {
  TrafficSettings settings;
  if (policy.has_connection_pool()) settings.connection_pool = &policy.connection_pool();
  if (policy.has_load_balancer()) settings.load_balancer = &policy.load_balancer();
  if (policy.has_outlier_detection()) settings.outlier_detection = &policy.outlier_detection();
  if (policy.has_tls()) settings.tls = &policy.tls();
  return settings;
}

const api::TrafficPolicy_PortTrafficPolicy* port_level(const api::TrafficPolicy& policy, std::uint32_t port) {
  for (const auto& candidate : policy.port_level_settings())
    if (candidate.has_port() && candidate.port().number() == port) return &candidate;
  return nullptr;
}

template <class T>
void override_with(const T*& setting, const T* by, bool even_by_nothing) {
  if (by || even_by_nothing) setting = by;
}

void apply_mesh_defaults(const ::istio::mesh::v1alpha1::MeshConfig& mesh_config, TrafficSettings& settings) {
  const auto& defaults = mesh_config.default_traffic_policy();
  if (!settings.connection_pool && defaults.has_connection_pool()) settings.connection_pool = &defaults.connection_pool();
  if (!settings.outlier_detection && defaults.has_outlier_detection()) settings.outlier_detection = &defaults.outlier_detection();
}

void apply_subset(const api::TrafficPolicy& policy, std::uint32_t port, TrafficSettings& settings) {
  const TrafficSettings own = settings_of_policy(&policy, port);
  const bool whole = port_level(policy, port) != nullptr;
  override_with(settings.connection_pool, own.connection_pool, whole);
  override_with(settings.load_balancer, own.load_balancer, whole);
  override_with(settings.outlier_detection, own.outlier_detection, whole);
  override_with(settings.tls, own.tls, whole);
  override_with(settings.tunnel, own.tunnel, false);
  override_with(settings.proxy_protocol, own.proxy_protocol, false);
  override_with(settings.retry_budget, own.retry_budget, false);
}

}  // namespace

TrafficSettings settings_of_policy(const api::TrafficPolicy* policy, std::uint32_t port) {
  if (!policy) return {};
  if (const auto* own = port_level(*policy, port)) return common_settings(*own);
  TrafficSettings settings = common_settings(*policy);
  if (policy->has_tunnel()) settings.tunnel = &policy->tunnel();
  if (policy->has_proxy_protocol()) settings.proxy_protocol = &policy->proxy_protocol();
  if (policy->has_retry_budget()) settings.retry_budget = &policy->retry_budget();
  return settings;
}

const api::Subset* find_subset(const api::DestinationRule* rule, std::string_view subset) {
  if (!rule || subset.empty()) return nullptr;
  for (const auto& candidate : rule->subsets())
    if (candidate.name() == subset) return &candidate;
  return nullptr;
}

TrafficSettings settings_of_rule(const api::DestinationRule* rule, const ::istio::mesh::v1alpha1::MeshConfig* mesh_config,
                                 std::uint32_t port, std::string_view subset) {
  TrafficSettings settings = settings_of_policy(rule && rule->has_traffic_policy() ? &rule->traffic_policy() : nullptr, port);
  if (mesh_config) apply_mesh_defaults(*mesh_config, settings);
  const api::Subset* found = find_subset(rule, subset);
  if (found && found->has_traffic_policy()) apply_subset(found->traffic_policy(), port, settings);
  return settings;
}

EffectivePolicy effective_policy(View& view, std::string_view host, std::uint32_t port, std::string_view subset) {
  EffectivePolicy effective{view.destination(host), {}};
  const auto* rule = effective.policy ? effective.policy->rule.get() : nullptr;
  effective.settings = settings_of_rule(rule, &view.mesh_config(), port, subset);
  return effective;
}

}  // namespace amime::translate
