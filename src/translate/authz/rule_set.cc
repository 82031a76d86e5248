#include "translate/authz/rule_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "envoy/config/rbac/v3/rbac.pb.h"
#include "security/v1beta1/authorization_policy.pb.h"
#include "translate/authz/permission.h"
#include "translate/authz/principal.h"

namespace amime::translate {
namespace {

using envoy::config::rbac::v3::Policy;
using envoy::config::rbac::v3::RBAC;
using istio::security::v1beta1::AuthorizationPolicy;

constexpr std::string_view kDryRun = "istio.io/dry-run";

bool is_http_term(const Term& term) { return is_http_only(term.attribute); }

bool has_http_terms(const std::vector<Terms>& alternatives) {
  return std::any_of(alternatives.begin(), alternatives.end(),
                     [](const Terms& terms) { return std::any_of(terms.begin(), terms.end(), is_http_term); });
}

void forget_http_terms(std::vector<Terms>* alternatives) {
  for (auto& terms : *alternatives) std::erase_if(terms, is_http_term);
}

Policy policy_of(const RuleTerms& terms, std::string_view policy_ns) {
  Policy out;
  for (const auto& all : terms.operations) {
    auto* permission = out.add_permissions();
    if (all.empty()) permission->set_any(true);
    for (const auto& term : all) fill_permission(term, permission->mutable_and_rules()->add_rules());
  }
  for (const auto& all : terms.sources) {
    auto* principal = out.add_principals();
    if (all.empty()) principal->set_any(true);
    for (const auto& term : all) fill_principal(term, policy_ns, principal->mutable_and_ids()->add_ids());
  }
  return out;
}

// Envoy wants rules to match: these match nothing.
Policy never() {
  Policy out;
  out.add_permissions()->mutable_not_rule()->set_any(true);
  out.add_principals()->mutable_not_id()->set_any(true);
  return out;
}

std::string name_of(const mesh::Object& policy, int rule, const RuleSetOptions& options) {
  return fmt::format("{}ns[{}]-policy[{}]-rule[{}]{}", options.prefix, policy.key.ns, policy.key.name, rule, options.suffix);
}

}  // namespace

bool is_dry_run(const mesh::Object& policy) {
  const auto found = policy.annotations.find(kDryRun);
  if (found == policy.annotations.end()) return false;
  static constexpr std::string_view kTrue[] = {"1", "t", "T", "true", "TRUE", "True"};  // as Go reads them
  return std::find(std::begin(kTrue), std::end(kTrue), found->second) != std::end(kTrue);
}

void add_rules(const mesh::Object& policy, const RuleSetOptions& options, RBAC* out) {
  const auto& spec = policy.spec<AuthorizationPolicy>();
  for (int i = 0; i < spec.rules_size(); ++i) {
    RuleTerms terms = terms_of(spec.rules(i), *options.domains);
    if (options.seen == Seen::kConnections) {
      const bool blind = has_http_terms(terms.sources) || has_http_terms(terms.operations);
      if (blind && out->action() == RBAC::ALLOW) continue;
      forget_http_terms(&terms.sources);
      forget_http_terms(&terms.operations);
    }
    (*out->mutable_policies())[name_of(policy, i, options)] = policy_of(terms, policy.key.ns);
  }
  if (spec.rules().empty()) (*out->mutable_policies())[name_of(policy, 0, options)] = never();
}

}  // namespace amime::translate
