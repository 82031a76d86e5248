#include "translate/cors.h"

#include <fmt/ranges.h>

#include <string>

#include "envoy/config/route/v3/route_components.pb.h"
#include "envoy/extensions/filters/http/cors/v3/cors.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/percent.h"
#include "translate/string_match.h"

// allowOrigin is deprecated, but users still write it.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::translate {

void apply_cors(const istio::networking::v1alpha3::CorsPolicy& policy, envoy::config::route::v3::Route* route) {
  envoy::extensions::filters::http::cors::v3::CorsPolicy out;
  out.mutable_forward_not_matching_preflights()->set_value(policy.unmatched_preflights() !=
                                                           istio::networking::v1alpha3::CorsPolicy::IGNORE);
  for (const auto& origin : policy.allow_origins()) {
    // An origin that says nothing cannot be matched, and Envoy refuses an empty matcher.
    if (!is_presence(origin)) set_string_match(origin, out.add_allow_origin_string_match());
  }
  // allowOrigin is the older field; it counts only alone.
  if (policy.allow_origins().empty()) {
    for (const std::string& origin : policy.allow_origin()) out.add_allow_origin_string_match()->set_exact(origin);
  }
  set_percent(100u, out.mutable_filter_enabled()->mutable_default_value());
  if (policy.has_allow_credentials()) *out.mutable_allow_credentials() = policy.allow_credentials();
  out.set_allow_headers(fmt::format("{}", fmt::join(policy.allow_headers(), ",")));
  out.set_allow_methods(fmt::format("{}", fmt::join(policy.allow_methods(), ",")));
  out.set_expose_headers(fmt::format("{}", fmt::join(policy.expose_headers(), ",")));
  if (policy.has_max_age()) out.set_max_age(std::to_string(policy.max_age().seconds()));
  (*route->mutable_typed_per_filter_config())["envoy.filters.http.cors"].PackFrom(out);
}

}  // namespace amime::translate
