#include <algorithm>
#include <string>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/cluster_parts.h"
#include "translate/topology.h"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;
using EnvoyOutlier = ::envoy::config::cluster::v3::OutlierDetection;
using MatchPredicate = ::envoy::config::common::matcher::v3::MatchPredicate;

// A count of 0 switches that kind of ejection off; one that is not set leaves it to Envoy (5xx on at 5, gateway off).
void set_counts(const api::OutlierDetection& from, EnvoyOutlier& to) {
  if (from.has_consecutive_5xx_errors()) {
    const auto count = from.consecutive_5xx_errors().value();
    to.mutable_consecutive_5xx()->set_value(count);
    to.mutable_enforcing_consecutive_5xx()->set_value(count > 0 ? 100 : 0);
  }
  if (from.has_consecutive_gateway_errors()) {
    const auto count = from.consecutive_gateway_errors().value();
    to.mutable_consecutive_gateway_failure()->set_value(count);
    to.mutable_enforcing_consecutive_gateway_failure()->set_value(count > 0 ? 100 : 0);
  }
}

void set_local_origin(const api::OutlierDetection& from, EnvoyOutlier& to) {
  if (!from.split_external_local_origin_errors()) return;
  to.set_split_external_local_origin_errors(true);
  to.mutable_enforcing_local_origin_success_rate()->set_value(0);
  const auto count = from.consecutive_local_origin_failures().value();
  if (count == 0) return;
  to.mutable_consecutive_local_origin_failure()->set_value(count);
  to.mutable_enforcing_consecutive_local_origin_failure()->set_value(100);
}

void match_status(std::uint32_t code, MatchPredicate& predicate) {
  auto* header = predicate.mutable_http_response_headers_match()->add_headers();
  header->set_name(":status");
  header->mutable_string_match()->set_exact(std::to_string(code));
}

// outlierDetectionHttpErrorCodes: these statuses, instead of all 5xx, count as errors.
void set_error_codes(const api::OutlierDetection& from, HttpOptions& http) {
  const auto& codes = from.outlier_detection_http_error_codes();
  if (codes.empty()) return;
  auto* predicate = http.mutable_outlier_detection()->mutable_error_matcher();
  if (codes.size() == 1) return match_status(codes[0], *predicate);
  for (const auto code : codes) match_status(code, *predicate->mutable_or_match()->add_rules());
}

}  // namespace

void apply_outlier_detection(const TrafficSettings& settings, const mesh::Service& service, EnvoyCluster& cluster, HttpOptions& http) {
  // Envoy's panic mode would send to endpoints that we know are not ready, and clusters are sent those (load_assignment.h).
  if (cluster.lb_policy() != EnvoyCluster::CLUSTER_PROVIDED)
    cluster.mutable_common_lb_config()->mutable_healthy_panic_threshold()->set_value(0);
  if (!settings.outlier_detection) return;
  const auto& from = *settings.outlier_detection;
  auto* to = cluster.mutable_outlier_detection();
  to->mutable_enforcing_success_rate()->set_value(0);
  set_counts(from, *to);
  if (from.has_interval()) *to->mutable_interval() = from.interval();
  if (from.has_base_ejection_time()) *to->mutable_base_ejection_time() = from.base_ejection_time();
  if (from.max_ejection_percent() > 0)
    to->mutable_max_ejection_percent()->set_value(static_cast<std::uint32_t>(from.max_ejection_percent()));
  set_local_origin(from, *to);
  set_error_codes(from, http);
  const bool by_distance = traffic_distribution(service) != TrafficDistribution::kAny;
  const int min_health = by_distance ? 0 : std::max(0, from.min_health_percent());
  cluster.mutable_common_lb_config()->mutable_healthy_panic_threshold()->set_value(min_health);
}

}  // namespace amime::translate
