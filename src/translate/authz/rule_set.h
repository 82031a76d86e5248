// AuthorizationPolicies of one action as Envoy's RBAC rules. Pure; any thread.
//
// Fields: AuthorizationPolicy.rules, metadata.annotations istio.io/dry-run. A rule is called ns[NAMESPACE]-policy[NAME]-rule[INDEX],
// which istioctl reads and access logs show.
#pragma once

#include <string>
#include <vector>

#include "mesh/object.h"
#include "translate/authz/trust_domains.h"

namespace envoy::config::rbac::v3 {
class RBAC;
enum RBAC_Action : int;
}  // namespace envoy::config::rbac::v3

namespace amime::translate {

// What is seen: whole requests, or connections only. There a rule of HTTP attributes cannot be judged: what allows leaves it out,
// what denies leaves only those attributes out, so that both fail closed.
enum class Seen : bool { kRequests, kConnections };

struct RuleSetOptions {
  Seen seen = Seen::kRequests;
  const TrustDomains* domains = nullptr;
  std::string prefix, suffix;  // of the rules' names
};

// Whether the policy is only tried out: what it would do is counted and logged.
bool is_dry_run(const mesh::Object& policy);

// Adds the rules of one policy. `out->action()` is set.
void add_rules(const mesh::Object& policy, const RuleSetOptions& options, envoy::config::rbac::v3::RBAC* out);

}  // namespace amime::translate
