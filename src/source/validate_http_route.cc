// VirtualService.http: what one route does. What it matches is in validate_http_match.cc.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "networking/v1alpha3/virtual_service.pb.h"
#include "source/checks.h"
#include "source/validators.h"

// Fields that Istio deprecates are still fields that users write.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::source {
namespace {

using networking::Headers;
using networking::HTTPRoute;

constexpr std::size_t kLargestBody = 1024 * 1024;
constexpr std::size_t kLargeBody = 100 * 1024;

enum class Side { kRequest, kResponse };

// Envoy refuses the route; other signs that no name has are never found in a request.
bool breaks_lines(std::string_view name) { return name.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos; }

void check_written_header(const std::string& name, const std::string& value, Side side, const Path& at, Errors& errors) {
  const bool authority = is_authority_header(name);
  if (name.empty())
    errors.add(at, "a header's name must not be empty");
  else if (authority ? side == Side::kResponse : name[0] == ':' || breaks_lines(name))
    errors.add(at, fmt::format("header \"{}\" cannot be set", name));
  check_header_value(value, at, errors);
}

void check_operations(const Headers::HeaderOperations& operations, Side side, const Path& at, Errors& errors) {
  for (const auto& [name, value] : map_of(operations.set())) check_written_header(name, value, side, (at / "set").key(name), errors);
  for (const auto& [name, value] : map_of(operations.add())) check_written_header(name, value, side, (at / "add").key(name), errors);
  for (int i = 0; i < operations.remove_size(); ++i) {
    const std::string& name = operations.remove(i);
    if (name.empty())
      errors.add(at / "remove" / i, "a header's name must not be empty");
    else if (name[0] == ':' || is_authority_header(name) || breaks_lines(name))
      errors.add(at / "remove" / i, fmt::format("header \"{}\" cannot be removed", name));
  }
}

void check_headers(const Headers& headers, const Path& at, Errors& errors) {
  check_operations(headers.request(), Side::kRequest, at / "request", errors);
  check_operations(headers.response(), Side::kResponse, at / "response", errors);
}

// The authority may be written in one place only: rewrite.authority, or one of headers.request.set and add.
void check_one_authority(const HTTPRoute& route, const Path& at, Errors& errors) {
  int places = route.rewrite().authority().empty() ? 0 : 1;
  for (const auto& [name, value] : route.headers().request().set()) places += is_authority_header(name);
  for (const auto& [name, value] : route.headers().request().add()) places += is_authority_header(name);
  if (places > 1) errors.warn(at / "headers" / "request", "the authority is written more than once (rewrite.authority, set, add)");
}

void check_conflicts(const HTTPRoute& route, bool delegate, const Path& at, Errors& errors) {
  auto excludes = [&](bool other, const char* field, const char* by) {
    if (other) errors.add(at / field, fmt::format("cannot stand together with {}", by));
  };
  if (route.has_delegate()) {
    if (delegate) return errors.add(at / "delegate", "a delegate (a VirtualService without hosts) cannot delegate further");
    excludes(route.has_redirect(), "redirect", "delegate");
    excludes(!route.route().empty(), "route", "delegate");
    return;
  }
  const char* instead = route.has_redirect() ? "redirect" : route.has_direct_response() ? "directResponse" : nullptr;
  if (instead) {
    excludes(!route.route().empty(), "route", instead);
    if (route.has_fault()) errors.warn(at / "fault", fmt::format("is met before {}", instead));
    excludes(route.has_rewrite(), "rewrite", instead);
    excludes(route.has_redirect() && route.has_direct_response(), "directResponse", "redirect");
  } else if (route.route().empty()) {
    errors.add(at, "one of route, redirect, directResponse, delegate is required");
  }
  excludes(route.has_mirror() && !route.mirrors().empty(), "mirror", "mirrors");
}

void check_route_destinations(const HTTPRoute& route, const Path& at, Errors& errors) {
  std::int64_t total = 0;
  for (int i = 0; i < route.route_size(); ++i) {
    const auto& destination = route.route(i);
    const Path here = at / "route" / i;
    if (destination.has_destination())
      check_destination(destination.destination(), here / "destination", errors);
    else
      errors.add(here / "destination", "is required");
    check_headers(destination.headers(), here / "headers", errors);
    check_not_negative(destination.weight(), here / "weight", errors);
    total += destination.weight();
  }
  if (route.route_size() > 1 && total == 0) errors.add(at / "route", "the weights add up to 0");
}

void check_redirect(const HTTPRoute& route, const Path& at, Errors& errors) {
  const auto& redirect = route.redirect();
  if (!redirect.uri().empty() && !redirect.prefix_rewrite().empty()) errors.add(at / "prefixRewrite", "cannot stand together with uri");
  if (!redirect.prefix_rewrite().empty())
    for (const auto& match : route.match())
      if (match.has_uri() && !match.uri().has_prefix()) errors.add(at / "prefixRewrite", "needs every match.uri to be a prefix");
  const bool anything = !redirect.uri().empty() || !redirect.prefix_rewrite().empty() || !redirect.authority().empty() ||
                        !redirect.scheme().empty() || redirect.redirect_port_case() != networking::HTTPRedirect::REDIRECT_PORT_NOT_SET;
  if (!anything) errors.add(at, "one of uri, prefixRewrite, authority, scheme, port is required");
  if (redirect.redirect_code() != 0 && redirect.redirect_code() / 100 != 3)
    errors.add(at / "redirectCode", fmt::format("{} is not 3xx", redirect.redirect_code()));
  if (!redirect.scheme().empty() && redirect.scheme() != "http" && redirect.scheme() != "https")
    errors.add(at / "scheme", "must be http or https");
  if (redirect.port() > 0) check_port(redirect.port(), at / "port", errors);
}

void check_status(std::int64_t status, const Path& at, Errors& errors) {
  if (status < 200 || status > 600) errors.add(at, fmt::format("{} is not an HTTP status (200 to 599)", status));
}

void check_direct_response(const networking::HTTPDirectResponse& response, const Path& at, Errors& errors) {
  check_status(response.status(), at / "status", errors);
  const std::size_t size = std::max(response.body().string().size(), response.body().bytes().size());
  if (size > kLargestBody)
    errors.add(at / "body", "is larger than 1 MB");
  else if (size > kLargeBody)
    errors.warn(at / "body", "is larger than 100 kB: every proxy holds it in memory");
}

void check_retries(const networking::HTTPRetry& retries, const Path& at, Errors& errors) {
  static const std::set<std::string, std::less<>> kPolicies = {"5xx",
                                                               "gateway-error",
                                                               "reset",
                                                               "reset-before-request",
                                                               "connect-failure",
                                                               "retriable-4xx",
                                                               "refused-stream",
                                                               "retriable-status-codes",
                                                               "retriable-headers",
                                                               "envoy-ratelimited",
                                                               "http3-post-connect-failure",
                                                               "cancelled",
                                                               "deadline-exceeded",
                                                               "internal",
                                                               "resource-exhausted",
                                                               "unavailable"};
  check_not_negative(retries.attempts(), at / "attempts", errors);
  if (retries.attempts() == 0 && (retries.has_per_try_timeout() || !retries.retry_on().empty() || retries.has_retry_remote_localities()))
    errors.add(at / "attempts", "0 disables retries; the other fields have no meaning then");
  if (retries.has_per_try_timeout()) check_duration(retries.per_try_timeout(), at / "perTryTimeout", errors);
  if (retries.has_backoff()) check_duration(retries.backoff(), at / "backoff", errors);
  for (std::string_view rest = retries.retry_on(); !rest.empty();) {
    const auto comma = rest.find(',');
    const std::string_view policy = rest.substr(0, comma);
    int status = 0;
    const auto [end, error] = std::from_chars(policy.data(), policy.data() + policy.size(), status);
    const bool is_status = error == std::errc() && end == policy.data() + policy.size() && status >= 100 && status <= 511;
    if (!is_status && !kPolicies.contains(policy))
      errors.warn(at / "retryOn", fmt::format("\"{}\" has no effect: it is not a condition of Envoy's retries nor an HTTP status", policy));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
}

void check_rewrite(const networking::HTTPRewrite& rewrite, const Path& at, Errors& errors) {
  if (!rewrite.uri().empty() && rewrite.has_uri_regex_rewrite()) errors.add(at / "uriRegexRewrite", "cannot stand together with uri");
  if (rewrite.uri().empty() && !rewrite.has_uri_regex_rewrite() && rewrite.authority().empty())
    errors.add(at, "one of uri, uriRegexRewrite, authority is required");
  if (!rewrite.has_uri_regex_rewrite()) return;
  const auto& regex = rewrite.uri_regex_rewrite();
  check_regex(regex.match(), at / "uriRegexRewrite" / "match", errors);
  if (regex.rewrite().empty()) errors.add(at / "uriRegexRewrite" / "rewrite", "is required");
}

void check_cors(const networking::CorsPolicy& cors, const Path& at, Errors& errors) {
  static const std::set<std::string> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"};
  for (int i = 0; i < cors.allow_origins_size(); ++i) {
    const auto& origin = cors.allow_origins(i);
    const Path here = at / "allowOrigins" / i;
    if (origin.has_regex())
      check_regex(origin.regex(), here / "regex", errors);
    else if (origin.exact().empty() && origin.prefix().empty())
      errors.add(here, "one of exact, prefix, regex is required, and must not be empty");
  }
  for (int i = 0; i < cors.allow_methods_size(); ++i)
    if (!kMethods.contains(cors.allow_methods(i)))
      errors.add(at / "allowMethods" / i, fmt::format("\"{}\" is not an HTTP method", cors.allow_methods(i)));
  auto names = [&](const StringList& list, const char* field) {
    for (std::size_t i = 0; i < list.size(); ++i)
      if (list[i] != "*" && !is_header_name(list[i])) errors.add(at / field / i, fmt::format("\"{}\" is not a header's name", list[i]));
  };
  names(list_of(cors.allow_headers()), "allowHeaders");
  names(list_of(cors.expose_headers()), "exposeHeaders");
  if (!cors.has_max_age()) return;
  check_duration(cors.max_age(), at / "maxAge", errors);
  if (cors.max_age().nanos() > 0) errors.add(at / "maxAge", "must be a whole number of seconds");
}

void check_abort(const networking::HTTPFaultInjection::Abort& abort, const Path& at, Errors& errors) {
  static const std::set<std::string> kGrpc = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  if (abort.has_percentage()) check_fraction(abort.percentage(), at / "percentage", errors);
  if (abort.has_grpc_status()) {
    if (!kGrpc.contains(abort.grpc_status()))
      errors.add(at / "grpcStatus", fmt::format("\"{}\" is not a status of gRPC, such as UNAVAILABLE", abort.grpc_status()));
  } else if (abort.has_http2_error()) {
    errors.add(at / "http2Error", "is not supported by Istio");
  } else if (abort.has_http_status()) {
    check_status(abort.http_status(), at / "httpStatus", errors);
  } else {
    errors.warn(at, "has no effect without httpStatus or grpcStatus");
  }
}

void check_fault(const networking::HTTPFaultInjection& fault, const Path& at, Errors& errors) {
  if (!fault.has_abort() && !fault.has_delay()) errors.add(at, "one of abort, delay is required");
  if (fault.has_abort()) check_abort(fault.abort(), at / "abort", errors);
  if (!fault.has_delay()) return;
  const auto& delay = fault.delay();
  if (delay.has_percentage()) check_fraction(delay.percentage(), at / "delay" / "percentage", errors);
  if (delay.has_fixed_delay()) check_duration(delay.fixed_delay(), at / "delay" / "fixedDelay", errors);
  if (delay.has_exponential_delay()) errors.add(at / "delay" / "exponentialDelay", "is not supported by Istio");
}

void check_mirror_percentage(double value, const Path& at, Errors& errors) {
  if (!(value >= 0 && value <= 100)) errors.add(at, fmt::format("{} is not between 0 and 100", value));
}

void check_mirrors(const HTTPRoute& route, const Path& at, Errors& errors) {
  if (route.has_mirror()) check_destination(route.mirror(), at / "mirror", errors);
  if (route.has_mirror_percentage()) check_mirror_percentage(route.mirror_percentage().value(), at / "mirrorPercentage" / "value", errors);
  if (route.has_mirror_percent()) {
    check_percent(route.mirror_percent().value(), at / "mirrorPercent", errors);
    errors.warn(at / "mirrorPercent", "is deprecated; use mirrorPercentage");
  }
  for (int i = 0; i < route.mirrors_size(); ++i) {
    const auto& mirror = route.mirrors(i);
    const Path here = at / "mirrors" / i;
    if (!mirror.has_destination())
      errors.add(here / "destination", "is required");
    else
      check_destination(mirror.destination(), here / "destination", errors);
    if (mirror.has_percentage()) check_mirror_percentage(mirror.percentage().value(), here / "percentage" / "value", errors);
  }
}

}  // namespace

void check_http_route(const HTTPRoute& route, bool delegate, bool to_gateway, const Path& at, Errors& errors) {
  check_conflicts(route, delegate, at, errors);
  check_http_matches(route, to_gateway, at / "match", errors);
  check_route_destinations(route, at, errors);
  check_headers(route.headers(), at / "headers", errors);
  check_one_authority(route, at, errors);
  check_mirrors(route, at, errors);
  if (route.has_redirect()) check_redirect(route, at / "redirect", errors);
  if (route.has_direct_response()) check_direct_response(route.direct_response(), at / "directResponse", errors);
  if (route.has_retries()) check_retries(route.retries(), at / "retries", errors);
  if (route.has_rewrite()) check_rewrite(route.rewrite(), at / "rewrite", errors);
  if (route.has_cors_policy()) check_cors(route.cors_policy(), at / "corsPolicy", errors);
  if (route.has_fault()) check_fault(route.fault(), at / "fault", errors);
  // 0s is the documented way to disable a timeout.
  if (route.has_timeout() && nanoseconds_of(route.timeout()) != 0) check_duration(route.timeout(), at / "timeout", errors);
}

}  // namespace amime::source
