// How a policy names what it applies to; the same fields in every kind that has them. Private to validate_*.cc.
#pragma once

#include "source/checks.h"

namespace amime::source {

template <class Policy>
void check_policy_attachment(const Policy& policy, const Path& at, Errors& errors) {
  if (policy.has_selector() + policy.has_targetref() + !policy.targetrefs().empty() > 1)
    errors.add(at, "only one of selector, targetRef, targetRefs may be given");
  if (policy.has_selector()) check_selector(map_of(policy.selector().match_labels()), at / "selector" / "matchLabels", errors);
  if (policy.has_targetref()) check_target(policy.targetref(), at / "targetRef", errors);
  for (int i = 0; i < policy.targetrefs_size(); ++i) check_target(policy.targetrefs(i), at / "targetRefs" / i, errors);
}

}  // namespace amime::source
