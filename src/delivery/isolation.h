// Isolation: after a refusal, the innocent must not suffer with the guilty. Envoy refuses a message of endpoints, routes,
// virtual hosts or secrets as a whole, so what was in it goes out again in smaller portions, and those that are refused
// again in smaller ones, until only what is wrong is left out. (Clusters and listeners are taken one by one: nothing to do.)
// Pure functions over sets. A unit is a resource; of virtual hosts all that differs of one table, because a domain that
// moves between hosts must move in one message.
#pragma once

#include <cstddef>

#include "delivery/selections.h"

namespace amime::delivery {

bool refused_as_a_whole(translate::Type type);
std::size_t units_of(translate::Type type, const translate::SetDiff& diff);
// How many units a message may have after one with `units` was refused. 0: it was a single one, there is nothing to part.
std::size_t smaller_portion(std::size_t units);
// `sent` as if the refused step had not been made.
translate::ResourceSetPtr taken_back(const translate::ResourceSetPtr& sent, const Step& refused, Selections& selections);
// From `sent` towards `wanted`, as far as `units` go.
translate::ResourceSetPtr next_portion(translate::Type type, const translate::ResourceSetPtr& sent, const translate::ResourceSetPtr& wanted,
                                       std::size_t units, Selections& selections);

}  // namespace amime::delivery
