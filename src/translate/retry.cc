#include "translate/retry.h"

#include <charconv>
#include <string>
#include <string_view>

#include "envoy/config/route/v3/route_components.pb.h"
#include "envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.pb.h"
#include "envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::RetryPolicy;
using istio::networking::v1alpha3::HTTPRetry;

constexpr std::string_view kDefaultRetryOn = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";
constexpr std::string_view kStatusCodes = "retriable-status-codes";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// Whether HTTP has a name for the code: only those are codes to Istio, and what is none has no effect.
bool is_registered(std::uint32_t code) {
  const auto within = [code](std::uint32_t first, std::uint32_t last) { return code >= first && code <= last; };
  return within(100, 103) || within(200, 208) || code == 226 || within(300, 305) || within(307, 308) || within(400, 418) ||
         within(421, 426) || within(428, 429) || code == 431 || code == 451 || within(500, 508) || within(510, 511);
}

// A number in retryOn that is an HTTP status code; 0 for everything else.
std::uint32_t status_code(std::string_view part) {
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), code);
  const bool whole = error == std::errc{} && end == part.data() + part.size();
  return whole && is_registered(code) ? code : 0;
}

// "503,connect-failure" -> codes and conditions; codes work only beside the condition of that name.
void set_retry_on(std::string_view text, RetryPolicy* out) {
  std::string conditions;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view part = trim(text.substr(0, comma));
    if (const std::uint32_t code = status_code(part); code != 0) {
      out->add_retriable_status_codes(code);
    } else if (!part.empty()) {
      if (!conditions.empty()) conditions += ',';
      conditions += part;
    }
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  if (!out->retriable_status_codes().empty() && conditions.find(kStatusCodes) == std::string::npos) {
    if (!conditions.empty()) conditions += ',';
    conditions += kStatusCodes;
  }
  out->set_retry_on(conditions);
}

void avoid_previous_hosts(RetryPolicy* out) {
  auto* predicate = out->add_retry_host_predicate();
  predicate->set_name("envoy.retry_host_predicates.previous_hosts");
  predicate->mutable_typed_config()->PackFrom(envoy::extensions::retry::host::previous_hosts::v3::PreviousHostsPredicate());
}

// Another priority (locality) after two attempts at one.
void allow_other_localities(RetryPolicy* out) {
  auto* priority = out->mutable_retry_priority();
  priority->set_name("envoy.retry_priorities.previous_priorities");
  envoy::extensions::retry::priority::previous_priorities::v3::PreviousPrioritiesConfig config;
  config.set_update_frequency(2);
  priority->mutable_typed_config()->PackFrom(config);
}

void customize(const HTTPRetry& retries, RetryPolicy* out) {
  out->mutable_num_retries()->set_value(static_cast<std::uint32_t>(retries.attempts()));
  if (!retries.retry_on().empty()) set_retry_on(retries.retry_on(), out);
  if (retries.has_per_try_timeout()) *out->mutable_per_try_timeout() = retries.per_try_timeout();
  if (retries.has_retry_ignore_previous_hosts()) {
    out->clear_retry_host_predicate();
    if (retries.retry_ignore_previous_hosts().value()) avoid_previous_hosts(out);
  }
  if (retries.retry_remote_localities().value()) allow_other_localities(out);
  if (retries.has_backoff()) *out->mutable_retry_back_off()->mutable_base_interval() = retries.backoff();
}

}  // namespace

bool set_retry_policy(const HTTPRetry* retries, const istio::mesh::v1alpha1::MeshConfig& mesh_config, bool consistent_hash,
                      RetryPolicy* out) {
  if (retries == nullptr && mesh_config.has_default_http_retry_policy()) retries = &mesh_config.default_http_retry_policy();
  if (retries != nullptr && retries->attempts() <= 0) return false;
  out->mutable_num_retries()->set_value(2);
  out->set_retry_on(std::string(kDefaultRetryOn));
  out->set_host_selection_retry_max_attempts(5);
  if (!consistent_hash) avoid_previous_hosts(out);
  if (retries != nullptr) customize(*retries, out);
  return true;
}

}  // namespace amime::translate
