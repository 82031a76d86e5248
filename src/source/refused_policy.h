// What stands in for a policy with errors of which no good version is known: it fails closed. Pure; any thread.
#pragma once

#include <vector>

#include "mesh/object.h"
#include "source/problem.h"

namespace amime::source {

// An object like `policy` for the workloads that it selects; for all of its namespace where its selector cannot be read. Null: it
// decides about no request. `problems`: of the object.
//   AuthorizationPolicy    DENY and CUSTOM deny everything, ALLOW allows nothing; AUDIT decides nothing
//   PeerAuthentication     is STRICT
//   RequestAuthentication  refuses the tokens of rules with errors
//   WasmPlugin             of phase AUTHN or AUTHZ, or of one that cannot be read: has no url, which no valid one lacks
mesh::ObjectPtr refused_policy(const mesh::Object& policy, const std::vector<Problem>& problems);

}  // namespace amime::source
