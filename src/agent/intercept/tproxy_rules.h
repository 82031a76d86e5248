// What TPROXY adds to the rules: connections keep their source address on the way to Envoy and on to the application.
#pragma once

#include <vector>

#include "agent/intercept/rules.h"

namespace amime::agent {

// Appends the rules of the mangle table. Pure.
void add_tproxy_rules(const InterceptOptions& options, std::vector<FilterRule>& rules);

}  // namespace amime::agent
