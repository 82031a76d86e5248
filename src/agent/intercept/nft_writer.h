// Rules as nft takes them: tables of our own (istio-proxy-nat, -mangle, -raw, family inet), so that one transaction replaces all
// that was there. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "agent/intercept/rules.h"

namespace amime::agent {

// What `nft -f -` is to be given so that exactly `rules` are in force in our tables. No rules: removes the tables.
// Without `ipv6`, IPv6 is left alone.
std::string nft_script(const std::vector<FilterRule>& rules, bool ipv6);

}  // namespace amime::agent
