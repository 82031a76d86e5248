// What an object means must make sense: the rules by which Istio's own admission webhook refuses objects. One file a kind
// (validate_*.cc). All errors of an object at once, each with its path.
#pragma once

#include "mesh/object.h"
#include "source/problem.h"

namespace amime::source {

// Checks an object whose fields are well typed. Kinds without rules pass.
void validate(const mesh::Object& object, Errors& errors);

}  // namespace amime::source
