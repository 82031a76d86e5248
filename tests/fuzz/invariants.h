// What must hold of everything that a proxy is sent, whatever users wrote: what Envoy's judges ask for, as far as it can be told
// without Envoy (objects_judge asks the real one).
#pragma once

#include <string>

#include "translate/engine.h"

namespace amime::test {

// The first thing that Envoy would refuse; empty: none.
std::string refusable(const translate::Catalog& catalog);

}  // namespace amime::test
