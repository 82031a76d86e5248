#include "mesh/key_set_uri.h"

#include "security/v1beta1/request_authentication.pb.h"

namespace amime::mesh {
namespace {

constexpr std::string_view kOpenidPath = "/.well-known/openid-configuration";

}  // namespace

std::string key_set_uri(const istio::security::v1beta1::JWTRule& rule) {
  if (!rule.jwks().empty()) return {};
  if (!rule.jwks_uri().empty()) return rule.jwks_uri();
  std::string_view issuer = rule.issuer();
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer) + std::string(kOpenidPath);
}

bool is_openid_configuration(std::string_view uri) { return uri.ends_with(kOpenidPath); }

}  // namespace amime::mesh
