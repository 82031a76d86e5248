// The keys of a RequestAuthentication: where they are to be fetched from, and what stands for them until they are.
#pragma once

#include <string>

namespace istio::security::v1beta1 {
class JWTRule;
}

namespace amime::mesh {

// JWTRule.jwksUri; without it the issuer's OpenID configuration, which names it. Empty: the rule holds its keys.
std::string key_set_uri(const istio::security::v1beta1::JWTRule& rule);
// Whether that is an OpenID configuration, which only says where the keys are.
bool is_openid_configuration(std::string_view uri);

// A public key of which nobody has the private half, so that no token is valid: Envoy takes no set without keys. The point's x is
// SHA-256 of "amime: nobody's key 2", the first of these that is on the curve.
inline constexpr const char* kNobodysKeys =
    R"({"keys":[{"kty":"EC","crv":"P-256","kid":"nobody","x":"ovQcecQFMiJdY79mqUtnQUPhTGVjd7MoG-6Vdg73aq0","y":"Wo1fMQNTeLQO5Ui2M4ca3_3T8SXaAAIpRziDz-tAMEc"}]})";

}  // namespace amime::mesh
