#include "source/gateway_api/http_parts.h"

#include <fmt/format.h>
#include <google/protobuf/duration.pb.h>
#include <re2/re2.h>

#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::source::gateway_api {

namespace api = istio::networking::v1alpha3;

namespace {

constexpr std::uint32_t kDefaultAttempts = 2;  // of a rule that says retry without a number, as Istio's own default

void set_duration(std::int64_t ns, google::protobuf::Duration* out) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  out->set_seconds(ns / kSecond);
  out->set_nanos(static_cast<std::int32_t>(ns % kSecond));
}

template <class Map>
void set_values(const std::vector<ValueMatch>& matches, Map* out) {
  for (const auto& match : matches) {
    if (match.regex)
      (*out)[match.name].set_regex(match.value);
    else
      (*out)[match.name].set_exact(match.value);
  }
}

void set_operations(const HeaderOperations& operations, api::Headers::HeaderOperations* out) {
  for (const auto& [name, value] : operations.set) (*out->mutable_set())[name] = value;
  for (const auto& [name, value] : operations.add) (*out->mutable_add())[name] = value;
  for (const auto& name : operations.remove) out->add_remove(name);
}

// What the matched prefix becomes. Gateway API replaces whole elements of the path, so a last slash means nothing, but where the
// prefix is "/" alone, which Envoy replaces as it is.
std::string prefix_replacement(std::string value, const HttpMatch& match) {
  while (value.size() > 1 && value.ends_with('/')) value.pop_back();
  if (value.empty()) value = "/";
  const bool root = match.path == PathMatch::kPrefix && match.value == "/";
  return root && value != "/" ? value + "/" : value;
}

}  // namespace

void set_match(const HttpMatch& match, api::HTTPMatchRequest* out) {
  if (match.path == PathMatch::kPrefix) out->mutable_uri()->set_prefix(match.value);
  if (match.path == PathMatch::kExact) out->mutable_uri()->set_exact(match.value);
  if (match.path == PathMatch::kRegex) out->mutable_uri()->set_regex(match.value);
  set_values(match.headers, out->mutable_headers());
  set_values(match.query, out->mutable_query_params());
  if (!match.method.empty()) out->mutable_method()->set_exact(match.method);
}

void set_headers(const Filters& filters, api::Headers* out) {
  if (filters.request) set_operations(*filters.request, out->mutable_request());
  if (filters.response) set_operations(*filters.response, out->mutable_response());
}

void set_redirect(const Redirect& redirect, const HttpMatch& match, api::HTTPRedirect* out) {
  out->set_redirect_code(redirect.code);
  out->set_authority(redirect.hostname);
  out->set_scheme(redirect.scheme);
  if (redirect.port != 0)
    out->set_port(redirect.port);
  else
    out->set_derive_port(redirect.scheme.empty() ? api::HTTPRedirect::FROM_REQUEST_PORT : api::HTTPRedirect::FROM_PROTOCOL_DEFAULT);
  if (!redirect.path) return;
  if (redirect.path->whole)
    out->set_uri(redirect.path->value);
  else
    out->set_prefix_rewrite(prefix_replacement(redirect.path->value, match));
}

void set_rewrite(const Rewrite& rewrite, const HttpMatch& match, api::HTTPRewrite* out) {
  out->set_authority(rewrite.hostname);
  if (!rewrite.path) return;
  if (rewrite.path->whole) {
    out->mutable_uri_regex_rewrite()->set_match("/.*");
    std::string substitution;  // "\1" would stand for a group
    for (const char c : rewrite.path->value) substitution += c == '\\' ? std::string("\\\\") : std::string(1, c);
    out->mutable_uri_regex_rewrite()->set_rewrite(substitution.empty() ? "/" : substitution);
  } else {
    out->set_uri(prefix_replacement(rewrite.path->value, match));
  }
}

// "*" stands for any run of characters, also in the middle.
void set_cors(const Cors& cors, api::CorsPolicy* out) {
  for (const auto& origin : cors.origins) {
    auto* match = out->add_allow_origins();
    if (origin == "*") {
      match->set_regex("[a-zA-Z][a-zA-Z0-9+.-]*://[^/\\s?#]+");
    } else if (origin.find('*') == std::string::npos) {
      match->set_exact(origin);
    } else {
      std::string regex = re2::RE2::QuoteMeta(origin);
      for (std::size_t at = 0; (at = regex.find("\\*", at)) != std::string::npos; at += 2) regex.replace(at, 2, ".*");
      match->set_regex(regex);
    }
  }
  for (const auto& method : cors.methods) out->add_allow_methods(method);
  for (const auto& header : cors.headers) out->add_allow_headers(header);
  for (const auto& header : cors.exposed) out->add_expose_headers(header);
  if (cors.credentials) out->mutable_allow_credentials()->set_value(true);
  out->mutable_max_age()->set_seconds(cors.max_age);
  out->set_unmatched_preflights(api::CorsPolicy::IGNORE);
}

void set_timeouts(const HttpRule& rule, api::HTTPRoute* out) {
  if (rule.retry) {
    auto* retries = out->mutable_retries();
    retries->set_attempts(static_cast<std::int32_t>(rule.retry->attempts.value_or(kDefaultAttempts)));
    std::string on = "connect-failure,refused-stream,unavailable,cancelled";
    for (const auto code : rule.retry->codes) on += fmt::format(",{}", code);
    if (retries->attempts() > 0) retries->set_retry_on(on);
    if (rule.retry->backoff) set_duration(*rule.retry->backoff, retries->mutable_backoff());
  }
  if (rule.request_timeout && *rule.request_timeout > 0) set_duration(*rule.request_timeout, out->mutable_timeout());
  if (!rule.backend_timeout || *rule.backend_timeout == 0) return;
  // Without retries one try is the whole request.
  set_duration(*rule.backend_timeout, rule.retry ? out->mutable_retries()->mutable_per_try_timeout() : out->mutable_timeout());
}

}  // namespace amime::source::gateway_api
