#include "translate/authz/ext_authz.h"

#include <fmt/format.h>

#include <charconv>

#include "envoy/extensions/filters/http/ext_authz/v3/ext_authz.pb.h"
#include "envoy/extensions/filters/network/ext_authz/v3/ext_authz.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/telemetry/collector.h"

// includeHeadersInCheck is read where its successor is not set, as Istio does.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::translate {
namespace {

namespace http_authz = envoy::extensions::filters::http::ext_authz::v3;
namespace network_authz = envoy::extensions::filters::network::ext_authz::v3;
namespace matcher = envoy::type::matcher::v3;
using Provider = istio::mesh::v1alpha1::MeshConfig_ExtensionProvider;
using HttpProvider = Provider::EnvoyExternalAuthorizationHttpProvider;
using GrpcProvider = Provider::EnvoyExternalAuthorizationGrpcProvider;
using HeaderNames = google::protobuf::RepeatedPtrField<std::string>;

constexpr int kTimeoutSeconds = 600;  // where the provider says nothing

void add_header_patterns(const HeaderNames& headers, matcher::ListStringMatcher* out) {
  for (const auto& header : headers) {
    auto* pattern = out->add_patterns();
    pattern->set_ignore_case(true);
    if (header.starts_with('*'))
      pattern->set_suffix(header.substr(1));
    else if (header.ends_with('*'))
      pattern->set_prefix(header.substr(0, header.size() - 1));
    else
      pattern->set_exact(header);
  }
}

// Requests of which the RBAC filter said that a rule of this provider matches.
void ask_for_matched_only(std::string_view provider, std::string_view rbac, matcher::MetadataMatcher* out) {
  out->set_filter(std::string(rbac));
  out->add_path()->set_key(std::string(kExtAuthzStatPrefix) + "shadow_effective_policy_id");
  out->mutable_value()->mutable_string_match()->set_prefix(ext_authz_prefix(provider));
}

template <class Config>
void set_timeout(const Config& config, google::protobuf::Duration* out) {
  if (config.has_timeout())
    *out = config.timeout();
  else
    out->set_seconds(kTimeoutSeconds);
}

template <class Config>
std::string fill_common(const Config& config, http_authz::ExtAuthz* out) {
  out->set_transport_api_version(envoy::config::core::v3::V3);
  out->set_failure_mode_allow(config.fail_open());
  out->set_clear_route_cache(config.clear_route_cache());
  if (config.has_include_request_body_in_check()) {
    const auto& body = config.include_request_body_in_check();
    out->mutable_with_request_body()->set_max_request_bytes(body.max_request_bytes());
    out->mutable_with_request_body()->set_allow_partial_message(body.allow_partial_message());
    out->mutable_with_request_body()->set_pack_as_bytes(body.pack_as_bytes());
  }
  const std::string& text = config.status_on_error();
  if (text.empty()) return {};
  int status = 0;
  std::from_chars(text.data(), text.data() + text.size(), status);
  if (!envoy::type::v3::StatusCode_IsValid(status) || status == 0) return fmt::format("statusOnError \"{}\" is no HTTP status", text);
  out->mutable_status_on_error()->set_code(static_cast<envoy::type::v3::StatusCode>(status));
  return {};
}

void fill_http(const HttpProvider& config, const Collector& to, http_authz::ExtAuthz* out) {
  auto* service = out->mutable_http_service();
  service->set_path_prefix(config.path_prefix());
  service->mutable_server_uri()->set_uri("http://" + to.host);
  service->mutable_server_uri()->set_cluster(to.cluster);
  set_timeout(config, service->mutable_server_uri()->mutable_timeout());
  const auto& asked =
      config.include_request_headers_in_check().empty() ? config.include_headers_in_check() : config.include_request_headers_in_check();
  if (!asked.empty()) add_header_patterns(asked, out->mutable_allowed_headers());
  const std::map<std::string, std::string> more(config.include_additional_headers_in_check().begin(),
                                                config.include_additional_headers_in_check().end());
  for (const auto& [name, value] : more) {
    auto* header = service->mutable_authorization_request()->add_headers_to_add();
    header->set_key(name);
    header->set_value(value);
  }
  if (!config.headers_to_upstream_on_allow().empty())
    add_header_patterns(config.headers_to_upstream_on_allow(),
                        service->mutable_authorization_response()->mutable_allowed_upstream_headers());
  if (!config.headers_to_downstream_on_deny().empty())
    add_header_patterns(config.headers_to_downstream_on_deny(),
                        service->mutable_authorization_response()->mutable_allowed_client_headers());
  if (!config.headers_to_downstream_on_allow().empty())
    add_header_patterns(config.headers_to_downstream_on_allow(),
                        service->mutable_authorization_response()->mutable_allowed_client_headers_on_success());
}

void fill_grpc(const GrpcProvider& config, const Collector& to, envoy::config::core::v3::GrpcService* out) {
  set_collector(to, out);
  set_timeout(config, out->mutable_timeout());
}

// "*" alone is neither a prefix nor a suffix.
std::string wrong_with_headers(const HttpProvider& config) {
  for (const auto* list :
       {&config.include_request_headers_in_check(), &config.include_headers_in_check(), &config.headers_to_downstream_on_deny(),
        &config.headers_to_downstream_on_allow(), &config.headers_to_upstream_on_allow()})
    for (const auto& header : *list)
      if (header == "*") return "a header list cannot hold \"*\" alone";
  if (!config.path_prefix().empty() && !config.path_prefix().starts_with('/')) return "pathPrefix must begin with /";
  return {};
}

std::string wrong_with_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (name.empty() || name.size() > 63 || !std::all_of(name.begin(), name.end(), plain) || name.front() == '-' || name.back() == '-')
    return "its name must be of lowercase letters, digits and hyphens";
  return {};
}

template <class Config>
std::optional<Collector> service_of(View& view, const Config& config, ExtAuthz* out) {
  auto found = collector(view, config.service(), config.port());
  if (found)
    out->cluster = found->cluster;
  else
    out->problem = fmt::format("there is no service {} with port {}", config.service(), config.port());
  return found;
}

void use_http(View& view, const HttpProvider& config, std::string_view name, ExtAuthz* out) {
  out->problem = wrong_with_headers(config);
  const auto service = service_of(view, config, out);
  if (!service) return;
  out->http = std::make_shared<http_authz::ExtAuthz>();
  if (const auto wrong = fill_common(config, out->http.get()); !wrong.empty()) out->problem = wrong;
  fill_http(config, *service, out->http.get());
  ask_for_matched_only(name, "envoy.filters.http.rbac", out->http->mutable_filter_enabled_metadata());
}

void use_grpc(View& view, const GrpcProvider& config, std::string_view name, ExtAuthz* out) {
  const auto service = service_of(view, config, out);
  if (!service) return;
  out->http = std::make_shared<http_authz::ExtAuthz>();
  if (const auto wrong = fill_common(config, out->http.get()); !wrong.empty()) out->problem = wrong;
  fill_grpc(config, *service, out->http->mutable_grpc_service());
  ask_for_matched_only(name, "envoy.filters.http.rbac", out->http->mutable_filter_enabled_metadata());
  out->tcp = std::make_shared<network_authz::ExtAuthz>();
  out->tcp->set_stat_prefix("tcp.");
  out->tcp->set_failure_mode_allow(config.fail_open());
  out->tcp->set_transport_api_version(envoy::config::core::v3::V3);
  fill_grpc(config, *service, out->tcp->mutable_grpc_service());
  ask_for_matched_only(name, "envoy.filters.network.rbac", out->tcp->mutable_filter_enabled_metadata());
}

}  // namespace

std::string ext_authz_prefix(std::string_view provider) { return fmt::format("istio-ext-authz-{}-", provider); }

ExtAuthz ext_authz(View& view, std::string_view provider) {
  ExtAuthz out;
  for (const auto& config : view.mesh_config().extension_providers()) {
    if (config.name() != provider) continue;
    if (config.has_envoy_ext_authz_http())
      use_http(view, config.envoy_ext_authz_http(), provider, &out);
    else if (config.has_envoy_ext_authz_grpc())
      use_grpc(view, config.envoy_ext_authz_grpc(), provider, &out);
    else
      out.problem = fmt::format("extension provider {} judges no requests", provider);
    if (const auto wrong = wrong_with_name(provider); !wrong.empty()) out.problem = wrong;
    return out;
  }
  out.problem = fmt::format("MeshConfig has no extension provider {}", provider);
  return out;
}

}  // namespace amime::translate
