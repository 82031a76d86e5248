#include "translate/authn/tokens.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "mesh/key_set_uri.h"
#include "security/v1beta1/request_authentication.pb.h"
#include "translate/authz/judges.h"
#include "translate/envoy_any.h"

// Its configuration as JSON: the C++ generated for it has a member called `requires`.
namespace amime::translate {
namespace {

using istio::security::v1beta1::JWTRule;
using istio::security::v1beta1::RequestAuthentication;
using nlohmann::json;

std::string keys_of(View& view, const JWTRule& rule, const mesh::ObjectKey& policy, std::vector<Note>* notes) {
  if (!rule.jwks().empty()) return rule.jwks();
  const std::string uri = mesh::key_set_uri(rule);
  const auto fetched = view.key_set(uri);
  if (fetched) return fetched->as<mesh::KeySet>().json;
  notes->push_back({policy, "waiting", "spec.jwtRules", "no keys of " + uri + " yet: tokens of " + rule.issuer() + " are refused"});
  return mesh::kNobodysKeys;
}

json places(const JWTRule& rule) {
  json out = json::array();
  for (const auto& header : rule.from_headers()) out.push_back({{"name", header.name()}, {"value_prefix", header.prefix()}});
  return out;
}

template <class Texts>
json list(const Texts& texts) {
  return std::vector<std::string>(texts.begin(), texts.end());
}

// Claims that are lists although they are written as one text.
std::set<std::string> space_delimited(const JWTRule& rule) {
  std::set<std::string> out{"permission", "scope"};
  out.insert(rule.space_delimited_claims().begin(), rule.space_delimited_claims().end());
  return out;
}

json claims_to_headers(const JWTRule& rule) {
  json out = json::array();
  for (const auto& output : rule.output_claim_to_headers())
    out.push_back({{"header_name", output.header()}, {"claim_name", output.claim()}});
  return out;
}

json provider_of(const JWTRule& rule, std::string keys, bool clears_route) {
  return {{"issuer", rule.issuer()},
          {"audiences", list(rule.audiences())},
          {"forward", rule.forward_original_token()},
          {"forward_payload_header", rule.output_payload_to_header()},
          {"payload_in_metadata", "payload"},
          {"normalize_payload_in_metadata", {{"space_delimited_claims", space_delimited(rule)}}},
          {"clear_route_cache", clears_route},
          {"claim_to_headers", claims_to_headers(rule)},
          {"from_headers", places(rule)},
          {"from_params", list(rule.from_params())},
          {"from_cookies", list(rule.from_cookies())},
          {"local_jwks", {{"inline_string", std::move(keys)}}}};
}

// The rules of all policies, by issuer, so that the order of objects does not count.
struct Rule {
  const JWTRule* rule;
  const mesh::ObjectPtr* policy;
};
std::vector<Rule> rules_of(const std::vector<mesh::ObjectPtr>& policies) {
  std::vector<Rule> out;
  for (const auto& policy : policies)
    for (const auto& rule : policy->spec<RequestAuthentication>().jwt_rules()) out.push_back({&rule, &policy});
  std::stable_sort(out.begin(), out.end(), [](const Rule& a, const Rule& b) { return a.rule->issuer() < b.rule->issuer(); });
  return out;
}

json valid_or_missing(const std::string& provider) {
  return {{"requires_any", {{"requirements", json::array({{{"provider_name", provider}}, {{"allow_missing", json::object()}}})}}}};
}

// One provider: valid or missing. Several: valid for one of them (they may look at the same place), or each valid or missing.
json requirement(const std::vector<std::string>& providers) {
  if (providers.size() == 1) return valid_or_missing(providers.front());
  json any = json::array(), all = json::array();
  for (const auto& name : providers) {
    any.push_back({{"provider_name", name}});
    all.push_back(valid_or_missing(name));
  }
  any.push_back({{"requires_all", {{"requirements", std::move(all)}}}});
  return {{"requires_any", {{"requirements", std::move(any)}}}};
}

}  // namespace

void add_token_judge(View& view, Judges* out, std::vector<Note>* notes) {
  const auto policies = view.authentications();
  const auto rules = rules_of(policies);
  for (const auto& policy : policies) out->from.push_back(policy->key);
  if (rules.empty()) return;
  json providers = json::object();
  std::vector<std::string> names;
  const bool router = view.is_router();
  for (const auto& [rule, policy] : rules) {
    names.push_back("origins-" + std::to_string(names.size()));
    providers[names.back()] = provider_of(*rule, keys_of(view, *rule, (*policy)->key, notes), router);
  }
  const json everything = {{"match", {{"prefix", "/"}}}, {"requires", requirement(names)}};
  const json config = {{"providers", std::move(providers)}, {"rules", json::array({everything})}, {"bypass_cors_preflight", true}};
  auto filter = std::make_shared<envoy::extensions::filters::network::http_connection_manager::v3::HttpFilter>();
  filter->set_name("envoy.filters.http.jwt_authn");
  pack_json("envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication", config.dump(-1, ' ', false, json::error_handler_t::replace),
            filter->mutable_typed_config());
  out->authn.push_back(std::move(filter));
}

}  // namespace amime::translate
