// Fills a protobuf message from a tree, by its descriptor, and reports everything that does not fit, in the user's names.
//
// What it takes is what Istio's own readers take: names in camelCase or as in the .proto, durations as Go writes them,
// 64-bit integers as strings, enum values by name, null as "not given". Any thread.
#pragma once

#include <string_view>

#include "base/tree.h"
#include "mesh/istio_fwd.h"
#include "source/problem.h"

namespace amime::source {

struct ProtoReadOptions {
  // Unknown fields are warnings instead of errors: MeshConfig, which Istio reads so.
  bool unknown_fields_warn = false;
};

// Reads `tree` (found at `at`) into `message`. A field that the tree names replaces what the message held; other fields
// stay. Problems go to `errors`; what could be read is read all the same.
void read_message(const base::Tree& tree, Path& at, google::protobuf::Message& message, Errors& errors,
                  const ProtoReadOptions& options = {});

}  // namespace amime::source
