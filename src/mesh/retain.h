// Retain: keeps for a while what an edit takes away, beside what it brings: the version in force has both. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "mesh/mesh.h"

namespace amime::mesh {

// `written` (null: deleted) with what only `before` has: a Service's and ServiceEntry's ports, a DestinationRule's subsets,
// a Gateway's servers and a Sidecar's ingress (told apart by port number); of a deleted object of these kinds all; of a deleted
// VirtualService what would leave a host unknown.
// Left out is what another object of the mesh (in which `before` still counts) provides as well: it would only be in the
// way. Null: there is nothing to keep.
struct Retained {
  ObjectPtr object;                // to be in force; its key is the object's
  std::vector<std::string> parts;  // "subset v2", "port 8080", "server 443"; one a thing kept; empty name: the whole object
};
// Whether retain() has to be asked at all: it needs a mesh in which all changes count, which costs.
bool may_retain(Kind kind, const ObjectPtr& written);
Retained retain(const Mesh& mesh, const ObjectPtr& before, const ObjectPtr& written);

// Whether a route in force names something that `retained` keeps.
bool still_named(const Mesh& mesh, const Object& before, const ObjectPtr& written);

}  // namespace amime::mesh
