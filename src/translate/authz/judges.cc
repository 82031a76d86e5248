#include "translate/authz/judges.h"

#include <fmt/format.h>

#include <algorithm>

#include "envoy/config/listener/v3/listener_components.pb.h"
#include "envoy/config/rbac/v3/rbac.pb.h"
#include "envoy/extensions/filters/http/ext_authz/v3/ext_authz.pb.h"
#include "envoy/extensions/filters/http/rbac/v3/rbac.pb.h"
#include "envoy/extensions/filters/network/ext_authz/v3/ext_authz.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/filters/network/rbac/v3/rbac.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "security/v1beta1/authorization_policy.pb.h"
#include "translate/authn/tokens.h"
#include "translate/authz/ext_authz.h"
#include "translate/authz/rule_set.h"
#include "translate/pack.h"

namespace amime::translate {
namespace {

namespace http_rbac = envoy::extensions::filters::http::rbac::v3;
namespace network_rbac = envoy::extensions::filters::network::rbac::v3;
using envoy::config::rbac::v3::RBAC;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpFilter;
using istio::security::v1beta1::AuthorizationPolicy;
using Policies = std::vector<mesh::ObjectPtr>;

constexpr const char* kHttpRbac = "envoy.filters.http.rbac";
constexpr const char* kNetworkRbac = "envoy.filters.network.rbac";
constexpr const char* kTcpStatPrefix = "tcp.";
constexpr const char* kDeniedForWant = "-deny-due-to-bad-CUSTOM-action";

template <class Filter, class Ptr>
void add(const char* name, const google::protobuf::Message& config, std::vector<Ptr>* out) {
  auto filter = std::make_shared<Filter>();
  filter->set_name(name);
  pack(config, filter->mutable_typed_config());
  out->push_back(std::move(filter));
}
void add_http(const char* name, const google::protobuf::Message& config, std::vector<HttpFilterPtr>* out) {
  add<HttpFilter>(name, config, out);
}
void add_network(const char* name, const google::protobuf::Message& config, std::vector<NetworkFilterPtr>* out) {
  add<envoy::config::listener::v3::Filter>(name, config, out);
}

// In force, and only tried out.
struct RuleSets {
  RBAC rules, shadow;
  bool has_rules = false, has_shadow = false;
};

RuleSets rule_sets(const Policies& policies, RBAC::Action action, const RuleSetOptions& options) {
  RuleSets out;
  out.rules.set_action(action);
  out.shadow.set_action(action);
  for (const auto& policy : policies) {
    const bool dry = is_dry_run(*policy);
    (dry ? out.has_shadow : out.has_rules) = true;
    add_rules(*policy, options, dry ? &out.shadow : &out.rules);
  }
  return out;
}

// The same fields for requests and for connections. `prefix`: of what is only tried out.
template <class Config>
Config rbac(const RuleSets& sets, const char* prefix) {
  Config out;
  if (sets.has_rules) *out.mutable_rules() = sets.rules;
  if (sets.has_shadow) {
    *out.mutable_shadow_rules() = sets.shadow;
    out.set_shadow_rules_stat_prefix(prefix);
  }
  return out;
}

class Court {
 public:
  Court(View& view, std::vector<Note>* notes) : view_(view), notes_(notes) {
    const auto& mesh_config = view.mesh_config();
    domains_.emplace_back(view.trust_domain());
    domains_.insert(domains_.end(), mesh_config.trust_domain_aliases().begin(), mesh_config.trust_domain_aliases().end());
  }

  void add_local(const Policies& policies, RBAC::Action action, Judges* out) {
    if (policies.empty()) return;
    const char* prefix = action == RBAC::DENY ? "istio_dry_run_deny_" : action == RBAC::ALLOW ? "istio_dry_run_allow_" : "";
    add_http(kHttpRbac, rbac<http_rbac::RBAC>(rule_sets(policies, action, options(Seen::kRequests)), prefix), &out->authz);
    auto config = rbac<network_rbac::RBAC>(rule_sets(policies, action, options(Seen::kConnections)), prefix);
    config.set_stat_prefix(kTcpStatPrefix);
    add_network(kNetworkRbac, config, &out->tcp_authz);
  }

  // Of several providers none is the right one: Istio has requests denied, unless told otherwise.
  void add_custom(const Policies& policies, Judges* out) {
    std::map<std::string, Policies> by_provider;
    for (const auto& policy : policies) by_provider[policy->spec<AuthorizationPolicy>().provider().name()].push_back(policy);
    for (const auto& [name, asked] : by_provider) {
      ExtAuthz outside = ext_authz(view_, name);
      if (by_provider.size() > 1) outside.problem = "a workload has one provider; several are named";
      if (outside.problem.empty())
        ask(name, outside, asked, out);
      else
        deny(name, outside.problem, asked, out);
    }
  }

 private:
  RuleSetOptions options(Seen seen) const { return {seen, &domains_, {}, {}}; }

  // The RBAC filter only says which rule matches.
  void ask(const std::string& name, const ExtAuthz& outside, const Policies& policies, Judges* out) {
    const auto told = [&](Seen seen, auto config) {
      RuleSetOptions these = options(seen);
      these.prefix = ext_authz_prefix(name);
      RuleSets sets = rule_sets(enforced(policies), RBAC::DENY, these);
      *config.mutable_shadow_rules() = sets.rules;
      config.set_shadow_rules_stat_prefix(kExtAuthzStatPrefix);
      return config;
    };
    if (enforced(policies).empty()) return;
    add_http(kHttpRbac, told(Seen::kRequests, http_rbac::RBAC()), &out->custom);
    add_http("envoy.filters.http.ext_authz", *outside.http, &out->custom);
    out->refs.push_back(outside.cluster);
    if (!outside.tcp) return;
    auto config = told(Seen::kConnections, network_rbac::RBAC());
    config.set_stat_prefix(kTcpStatPrefix);
    add_network(kNetworkRbac, config, &out->tcp_custom);
    add_network("envoy.filters.network.ext_authz", *outside.tcp, &out->tcp_custom);
  }

  void deny(const std::string& name, const std::string& problem, const Policies& policies, Judges* out) {
    for (const auto& policy : policies)
      notes_->push_back({policy->key, "not-honoured", "spec.provider.name", problem + ": what its rules match is denied"});
    RuleSetOptions these = options(Seen::kRequests);
    these.prefix = ext_authz_prefix(name);
    these.suffix = kDeniedForWant;
    const Policies counted = enforced(policies);
    if (counted.empty()) return;
    add_http(kHttpRbac, rbac<http_rbac::RBAC>(rule_sets(counted, RBAC::DENY, these), ""), &out->custom);
    these.seen = Seen::kConnections;
    auto config = rbac<network_rbac::RBAC>(rule_sets(counted, RBAC::DENY, these), "");
    config.set_stat_prefix(kTcpStatPrefix);
    add_network(kNetworkRbac, config, &out->tcp_custom);
  }

  static Policies enforced(const Policies& policies) {
    Policies out;
    std::copy_if(policies.begin(), policies.end(), std::back_inserter(out), [](const auto& policy) { return !is_dry_run(*policy); });
    return out;
  }

  View& view_;
  std::vector<Note>* notes_;
  TrustDomains domains_;
};

}  // namespace

Judges judges(View& view, std::vector<Note>* notes) {
  Judges out;
  std::map<AuthorizationPolicy::Action, Policies> by_action;
  for (const auto& policy : view.authorizations()) {
    by_action[policy->spec<AuthorizationPolicy>().action()].push_back(policy);
    out.from.push_back(policy->key);
  }
  if (!by_action.empty()) {
    Court court(view, notes);
    court.add_custom(by_action[AuthorizationPolicy::CUSTOM], &out);
    court.add_local(by_action[AuthorizationPolicy::AUDIT], RBAC::LOG, &out);
    court.add_local(by_action[AuthorizationPolicy::DENY], RBAC::DENY, &out);
    court.add_local(by_action[AuthorizationPolicy::ALLOW], RBAC::ALLOW, &out);
  }
  add_token_judge(view, &out, notes);
  return out;
}

}  // namespace amime::translate
