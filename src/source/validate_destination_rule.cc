// networking.istio.io DestinationRule, and destinations of routes.
#include <fmt/format.h>

#include <set>

#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "source/checks.h"
#include "source/validators.h"

namespace amime::source {
namespace {

using networking::TrafficPolicy;

void check_tunnel(const TrafficPolicy::TunnelSettings& tunnel, const Path& at, Errors& errors) {
  if (!tunnel.protocol().empty() && tunnel.protocol() != "CONNECT" && tunnel.protocol() != "POST")
    errors.add(at / "protocol", "must be CONNECT or POST");
  if (!is_ip(tunnel.target_host())) check_wrong(wrong_with_fqdn(tunnel.target_host()), at / "targetHost", errors);
  check_port(tunnel.target_port(), at / "targetPort", errors);
}

// What a traffic policy and each of its portLevelSettings share.
template <class Policy>
void check_common(const Policy& policy, const std::string& ns, const Path& at, Errors& errors) {
  if (policy.has_outlier_detection()) check_outlier_detection(policy.outlier_detection(), at / "outlierDetection", errors);
  if (policy.has_connection_pool()) check_connection_pool(policy.connection_pool(), at / "connectionPool", errors);
  if (policy.has_load_balancer()) check_load_balancer(policy.load_balancer(), policy.has_outlier_detection(), at / "loadBalancer", errors);
  if (policy.has_tls()) check_client_tls(policy.tls(), ns, at / "tls", errors);
}

void check_port_levels(const TrafficPolicy& policy, const std::string& ns, const Path& at, Errors& errors) {
  for (int i = 0; i < policy.port_level_settings_size(); ++i) {
    const auto& level = policy.port_level_settings(i);
    if (!level.has_port()) errors.add(at / i / "port", "is required");
    if (!level.has_outlier_detection() && !level.has_connection_pool() && !level.has_load_balancer() && !level.has_tls())
      errors.add(at / i, "must say something: one of loadBalancer, connectionPool, outlierDetection, tls");
    check_common(level, ns, at / i, errors);
  }
}

void check_export_with_selector(const StringList& export_to, const std::string& ns, const Path& at, Errors& errors) {
  for (const auto& entry : export_to)
    if (entry != "." && entry != ns) return errors.add(at, "a rule with a workloadSelector may be exported to its own namespace only");
}

}  // namespace

void check_destination(const networking::Destination& destination, const Path& at, Errors& errors) {
  if (destination.host() == "*")
    errors.add(at / "host", "\"*\" is no destination");
  else
    check_wrong(wrong_with_wildcard_host(destination.host()), at / "host", errors);
  if (!destination.subset().empty()) check_label(destination.subset(), "subset name", at / "subset", errors);
  if (destination.has_port()) check_port(destination.port().number(), at / "port" / "number", errors);
}

void check_traffic_policy(const TrafficPolicy& policy, const std::string& ns, const Path& at, Errors& errors) {
  const bool anything = policy.has_outlier_detection() || policy.has_connection_pool() || policy.has_load_balancer() || policy.has_tls() ||
                        !policy.port_level_settings().empty() || policy.has_tunnel() || policy.has_proxy_protocol() ||
                        policy.has_retry_budget();
  if (!anything) return errors.add(at, "must say something");
  if (policy.has_tunnel() && policy.has_proxy_protocol()) errors.add(at / "tunnel", "cannot stand together with proxyProtocol");
  check_common(policy, ns, at, errors);
  check_port_levels(policy, ns, at / "portLevelSettings", errors);
  if (policy.has_tunnel()) check_tunnel(policy.tunnel(), at / "tunnel", errors);
  // Istio lets it pass; Envoy refuses the cluster. The negation is for what is no number.
  if (const double percent = policy.retry_budget().percent().value(); !(percent >= 0 && percent <= 100))
    errors.add(at / "retryBudget" / "percent", "must be between 0 and 100");
}

void validate_destination_rule(const networking::DestinationRule& rule, const std::string& ns, Errors& errors) {
  const Path spec = Path() / "spec";
  check_wrong(wrong_with_wildcard_host(rule.host()), spec / "host", errors);
  if (rule.has_traffic_policy()) check_traffic_policy(rule.traffic_policy(), ns, spec / "trafficPolicy", errors);
  std::set<std::string> names;
  for (int i = 0; i < rule.subsets_size(); ++i) {
    const auto& subset = rule.subsets(i);
    const Path at = spec / "subsets" / i;
    check_label(subset.name(), "subset name", at / "name", errors);
    if (!names.insert(subset.name()).second) errors.add(at / "name", fmt::format("\"{}\" stands twice", subset.name()));
    check_labels(map_of(subset.labels()), at / "labels", errors);
    if (subset.has_traffic_policy()) check_traffic_policy(subset.traffic_policy(), ns, at / "trafficPolicy", errors);
  }
  const StringList export_to = list_of(rule.export_to());
  check_export_to(export_to, ns, false, spec / "exportTo", errors);
  if (!rule.has_workload_selector()) return;
  check_selector(map_of(rule.workload_selector().match_labels()), spec / "workloadSelector", errors);
  check_export_with_selector(export_to, ns, spec / "exportTo", errors);
}

}  // namespace amime::source
