// Rules as iptables takes them. Pure; any thread.
//
// Written in the very form in which iptables-save prints them, so that what is in force compares as text. A rule of ours in one
// of the kernel's chains either jumps to one of ours or carries our comment: so it is found again whatever the options were.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/intercept/rules.h"

namespace amime::agent {

// "-A ISTIO_OUTPUT -o lo ... -j RETURN". `v6`: of which family, where the text depends on it.
std::string iptables_rule(const FilterRule& rule, bool v6);

// What iptables-restore --noflush is to be given so that exactly `rules` (those of the family) are in force of ours, whatever
// was before; one transaction a table. `saved`: what iptables-save printed. Empty: they are in force already.
// No rules: removes ours.
std::string iptables_script(const std::vector<FilterRule>& rules, bool v6, std::string_view saved, bool even_if_equal = false);

}  // namespace amime::agent
