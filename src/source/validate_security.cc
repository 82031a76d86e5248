// security.istio.io PeerAuthentication and RequestAuthentication, and the attachment that policies share.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "security/v1beta1/peer_authentication.pb.h"
#include "security/v1beta1/request_authentication.pb.h"
#include "source/attachment.h"
#include "source/checks.h"
#include "source/keys/key_check.h"
#include "source/validators.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::source {
namespace {

namespace security = istio::security::v1beta1;
using istio::type::v1beta1::PolicyTargetReference;

bool may_be_target(const PolicyTargetReference& reference) {
  const std::string &group = reference.group(), &kind = reference.kind();
  if (kind == "Service") return group.empty() || group == "core";
  if (kind == "ServiceEntry") return group == "networking.istio.io";
  return (kind == "Gateway" || kind == "GatewayClass") && group == "gateway.networking.k8s.io";
}

void check_jwks(const std::string& jwks, const Path& at, Errors& errors) {
  if (const auto wrong = wrong_with_key_set(jwks); !wrong.empty()) return errors.add(at, wrong);
  const auto keys = nlohmann::json::parse(jwks, nullptr, false);
  if (!keys.contains("keys")) return;
  for (const auto& key : keys["keys"])
    if (key.is_object() && (key.contains("d") || key.contains("k")))
      errors.warn(at, "holds a private or a shared key; only public keys are used");
}

void check_token_places(const security::JWTRule& rule, const Path& at, Errors& errors) {
  for (int i = 0; i < rule.from_headers_size(); ++i)
    if (rule.from_headers(i).name().empty()) errors.add(at / "fromHeaders" / i / "name", "is required");
  auto not_empty = [&](const StringList& list, const char* field) {
    for (std::size_t i = 0; i < list.size(); ++i)
      if (list[i].empty()) errors.add(at / field / i, "must not be empty");
  };
  not_empty(list_of(rule.from_params()), "fromParams");
  not_empty(list_of(rule.from_cookies()), "fromCookies");
  not_empty(list_of(rule.audiences()), "audiences");
  not_empty(list_of(rule.space_delimited_claims()), "spaceDelimitedClaims");
}

void check_jwt_rule(const security::JWTRule& rule, const Path& at, Errors& errors) {
  if (rule.issuer().empty() && rule.jwks_uri().empty()) errors.add(at, "one of issuer, jwksUri is required");
  if (!rule.jwks_uri().empty() && !rule.jwks_uri().starts_with("http://") && !rule.jwks_uri().starts_with("https://"))
    errors.add(at / "jwksUri", "must begin with http:// or https://");
  if (!rule.jwks_uri().empty() && !rule.jwks().empty()) errors.add(at / "jwks", "cannot stand together with jwksUri");
  if (!rule.jwks().empty()) check_jwks(rule.jwks(), at / "jwks", errors);
  check_token_places(rule, at, errors);
  for (int i = 0; i < rule.output_claim_to_headers_size(); ++i) {
    const auto& output = rule.output_claim_to_headers(i);
    const Path here = at / "outputClaimToHeaders" / i;
    if (output.claim().empty()) errors.add(here / "claim", "is required");
    if (!is_plain_header_name(output.header(), "-_"))
      errors.add(here / "header", fmt::format("\"{}\" is not a header's name", output.header()));
  }
  if (rule.has_timeout()) check_duration(rule.timeout(), at / "timeout", errors);
}

}  // namespace

void check_target(const PolicyTargetReference& reference, const Path& at, Errors& errors) {
  if (reference.name().empty()) errors.add(at / "name", "is required");
  if (!reference.namespace_().empty()) errors.add(at / "namespace", "a policy applies within its own namespace only");
  if (!may_be_target(reference))
    errors.add(
        at / "kind",
        fmt::format("{}/{} is no target of policies (Service, ServiceEntry, Gateway and GatewayClass of gateway.networking.k8s.io are)",
                    reference.group(), reference.kind()));
}

void validate_peer_authentication(const security::PeerAuthentication& policy, Errors& errors) {
  const Path spec = Path() / "spec";
  if (policy.has_selector()) check_selector(map_of(policy.selector().match_labels()), spec / "selector" / "matchLabels", errors);
  if (policy.selector().match_labels().empty() && !policy.port_level_mtls().empty())
    errors.add(spec / "portLevelMtls", "needs a selector with labels");
  for (const auto& [port, mode] : policy.port_level_mtls()) check_port(port, (spec / "portLevelMtls").key(std::to_string(port)), errors);
}

void validate_request_authentication(const security::RequestAuthentication& policy, Errors& errors) {
  const Path spec = Path() / "spec";
  check_policy_attachment(policy, spec, errors);
  for (int i = 0; i < policy.jwt_rules_size(); ++i) check_jwt_rule(policy.jwt_rules(i), spec / "jwtRules" / i, errors);
}

}  // namespace amime::source
