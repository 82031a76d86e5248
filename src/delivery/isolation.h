// Isolation: after a refusal, the innocent must not suffer with the guilty. Envoy refuses a message of endpoints, routes,
// virtual hosts or secrets as a whole, so what was in it goes out again in smaller portions, and those that are refused
// again in smaller ones, until only what is wrong is left out. (Clusters and listeners are taken one by one: nothing to do.)
// Pure functions over sets. A unit is a resource, or several of a type that share claims: a domain that moves between
// virtual hosts must move in one message.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "delivery/selections.h"

namespace amime::delivery {

bool refused_as_a_whole(translate::Type type);
std::size_t units_of(const Step& step);
// How many units a message may have after one with `units` was refused. 0: it was a single one, there is nothing to part.
std::size_t smaller_portion(std::size_t units);
// `sent` as if the refused step had not been made, but for names in `since`: messages sent after it say more of those.
using NamesSince = std::set<std::string, std::less<>>;
translate::ResourceSetPtr taken_back(const translate::ResourceSetPtr& sent, const Step& refused, const NamesSince& since,
                                     Selections& selections);
// `sent` as if the removals of the refused step had not been made: they are not what is wrong, and go again. But not those
// whose domains a refused virtual host was to take over.
translate::ResourceSetPtr removals_taken_back(const translate::ResourceSetPtr& sent, const Step& refused, const NamesSince& since,
                                              Selections& selections);
// From `sent` towards `wanted`, as far as `units` go.
translate::ResourceSetPtr next_portion(const translate::ResourceSetPtr& sent, const translate::ResourceSetPtr& wanted, std::size_t units,
                                       Selections& selections);

}  // namespace amime::delivery
