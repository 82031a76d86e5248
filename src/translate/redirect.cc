#include "translate/redirect.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <optional>

#include "envoy/config/route/v3/route_components.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::RedirectAction;
using istio::networking::v1alpha3::HTTPBody;
using istio::networking::v1alpha3::HTTPRedirect;

std::optional<RedirectAction::RedirectResponseCode> response_code(std::uint32_t code) {
  switch (code) {
    case 0:
    case 301: return RedirectAction::MOVED_PERMANENTLY;
    case 302: return RedirectAction::FOUND;
    case 303: return RedirectAction::SEE_OTHER;
    case 307: return RedirectAction::TEMPORARY_REDIRECT;
    case 308: return RedirectAction::PERMANENT_REDIRECT;
    default: return std::nullopt;
  }
}

// The port to put into the Location; 0: none, which is also how a scheme's own port is written.
std::uint32_t redirect_port(const RouteScope& scope, const HTTPRedirect& redirect) {
  std::uint32_t port = 0;
  if (redirect.redirect_port_case() == HTTPRedirect::kPort) port = redirect.port();
  if (redirect.redirect_port_case() == HTTPRedirect::kDerivePort && redirect.derive_port() == HTTPRedirect::FROM_REQUEST_PORT) {
    port = scope.listen_port;
  }
  const std::string scheme = !redirect.scheme().empty() ? redirect.scheme() : scope.tls ? "https" : "http";
  const bool implied = (port == 80 && scheme == "http") || (port == 443 && scheme == "https");
  return implied ? 0 : port;
}

}  // namespace

bool apply_redirect(RouteScope& scope, const HTTPRedirect& redirect, const mesh::ObjectKey& object, const std::string& field,
                    envoy::config::route::v3::Route* route) {
  const auto code = response_code(redirect.redirect_code());
  if (!code) {
    scope.note(object, "not-honoured", field + ".redirectCode",
               std::to_string(redirect.redirect_code()) + " is no redirect; the route is left out");
    return false;
  }
  auto* out = route->mutable_redirect();
  out->set_response_code(*code);
  out->set_host_redirect(redirect.authority());
  const std::string& elements = route->match().path_separated_prefix();
  if (redirect.prefix_rewrite() == "/" && !elements.empty()) {  // nothing is left of the prefix, and no two slashes either
    out->mutable_regex_rewrite()->mutable_pattern()->set_regex(fmt::format("^{}(/?)(.*)", re2::RE2::QuoteMeta(elements)));
    out->mutable_regex_rewrite()->set_substitution("/\\2");
  } else if (!redirect.prefix_rewrite().empty()) {
    out->set_prefix_rewrite(redirect.prefix_rewrite());
  } else if (!redirect.uri().empty()) {
    out->set_path_redirect(redirect.uri());
  }
  if (!redirect.scheme().empty()) out->set_scheme_redirect(redirect.scheme());
  out->set_port_redirect(redirect_port(scope, redirect));
  return true;
}

void apply_direct_response(const istio::networking::v1alpha3::HTTPDirectResponse& response, envoy::config::route::v3::Route* route) {
  auto* out = route->mutable_direct_response();
  out->set_status(response.status());
  switch (response.body().specifier_case()) {
    case HTTPBody::kString: out->mutable_body()->set_inline_string(response.body().string()); break;
    case HTTPBody::kBytes: out->mutable_body()->set_inline_bytes(response.body().bytes()); break;
    case HTTPBody::SPECIFIER_NOT_SET: break;
  }
}

}  // namespace amime::translate
