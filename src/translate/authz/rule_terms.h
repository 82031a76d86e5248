// One rule of an AuthorizationPolicy as lists of terms: what must hold of who asks, and of what is asked. Pure; any thread.
//
// Fields: AuthorizationPolicy.rules[].from, to, when. Attribute names are those of `when.key`; the fields of from and to have the
// attribute that says the same.
#pragma once

#include <string>
#include <vector>

#include "translate/authz/trust_domains.h"

namespace istio::security::v1beta1 {
class Rule;
}

namespace amime::translate {

// The attribute has one of `values` (if there are any) and none of `not_values`.
struct Term {
  std::string attribute;
  std::vector<std::string> values, not_values;
};
using Terms = std::vector<Term>;  // all must hold; none: anything goes

struct RuleTerms {
  std::vector<Terms> sources;     // one of them must hold
  std::vector<Terms> operations;  // and one of these
};

RuleTerms terms_of(const istio::security::v1beta1::Rule& rule, const TrustDomains& domains);

// Attributes that only `to` has.
inline constexpr const char* kHostAttribute = "request.host";
inline constexpr const char* kMethodAttribute = "request.method";
inline constexpr const char* kPathAttribute = "request.path";

}  // namespace amime::translate
