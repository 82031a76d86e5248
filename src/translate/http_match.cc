#include "translate/http_match.h"

#include <algorithm>
#include <map>

#include "envoy/config/route/v3/route_components.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/claim_match.h"
#include "translate/string_match.h"

namespace amime::translate {
namespace {

using istio::networking::v1alpha3::HTTPMatchRequest;
using istio::networking::v1alpha3::StringMatch;

// A map of the API has no order; the resource must have one.
template <class Map>
std::map<std::string, const StringMatch*> sorted(const Map& map) {
  std::map<std::string, const StringMatch*> out;
  for (const auto& [name, match] : map) out.emplace(name, &match);
  return out;
}

void set_prefix(std::string prefix, bool elements, envoy::config::route::v3::RouteMatch* out) {
  if (elements)
    while (prefix.ends_with('/')) prefix.pop_back();
  if (elements && !prefix.empty()) {
    out->set_path_separated_prefix(std::move(prefix));
  } else {
    out->set_prefix(elements ? "/" : std::move(prefix));
  }
}

void set_path(const HTTPMatchRequest& match, bool elements, envoy::config::route::v3::RouteMatch* out) {
  out->mutable_case_sensitive()->set_value(!match.ignore_uri_case());
  switch (match.uri().match_type_case()) {
    case StringMatch::kExact: out->set_path(match.uri().exact()); break;
    case StringMatch::kPrefix: set_prefix(match.uri().prefix(), elements, out); break;
    case StringMatch::kRegex: out->mutable_safe_regex()->set_regex(match.uri().regex()); break;
    case StringMatch::MATCH_TYPE_NOT_SET: out->set_prefix("/"); break;
  }
}

void set_headers(const HTTPMatchRequest& match, envoy::config::route::v3::RouteMatch* out) {
  for (const auto& [name, value] : sorted(match.headers())) {
    if (is_claim(name)) {
      set_claim_match(name, *value, out->add_dynamic_metadata());
    } else {
      set_header_match(name, *value, out->add_headers());
    }
  }
  for (const auto& [name, value] : sorted(match.without_headers())) {
    if (is_claim(name)) {
      auto* claim = out->add_dynamic_metadata();
      set_claim_match(name, *value, claim);
      claim->set_invert(true);
    } else {
      set_without_header(name, *value, out->add_headers());
    }
  }
  auto* headers = out->mutable_headers();
  std::stable_sort(headers->pointer_begin(), headers->pointer_end(), [](const auto* a, const auto* b) { return a->name() < b->name(); });
}

}  // namespace

bool applies_here(RouteScope& scope, const HTTPMatchRequest& match) {
  if (match.port() != 0 && match.port() != scope.listen_port) return false;
  if (!match.gateways().empty()) {
    return std::find(match.gateways().begin(), match.gateways().end(), scope.gateway) != match.gateways().end();
  }
  if (!match.source_labels().empty()) {
    const mesh::Labels& labels = scope.view.proxy_labels();
    for (const auto& [key, value] : match.source_labels()) {
      const auto it = labels.find(key);
      if (it == labels.end() || it->second != value) return false;
    }
  }
  return match.source_namespace().empty() || match.source_namespace() == scope.view.proxy_namespace();
}

void set_route_match(RouteScope& scope, const HTTPMatchRequest& match, const mesh::ObjectKey& object, const std::string& field,
                     envoy::config::route::v3::RouteMatch* out) {
  set_headers(match, out);
  set_path(match, scope.path_elements, out);
  if (match.has_method()) set_header_match(":method", match.method(), out->add_headers());
  if (match.has_authority()) set_header_match(":authority", match.authority(), out->add_headers());
  if (match.has_scheme()) set_header_match(":scheme", match.scheme(), out->add_headers());
  for (const auto& [name, value] : sorted(match.query_params())) set_query_match(name, *value, out->add_query_parameters());
  if (!out->dynamic_metadata().empty()) {
    scope.note(object, "not-honoured", field + ".headers", "claims of tokens are not verified yet, so that this match is never met");
  }
}

}  // namespace amime::translate
