// Google's well-known types, which have their own form in YAML. Private to proto_*.cc.
#pragma once

#include "base/tree.h"
#include "mesh/istio_fwd.h"
#include "source/problem.h"
#include "source/proto_reader.h"

namespace amime::source {

// Reads `message` if its type is well known (Duration, Timestamp, Struct, Value, ListValue, wrappers, Any); returns whether
// it is.
bool read_well_known(const base::Tree& tree, Path& at, google::protobuf::Message& message, Errors& errors, const ProtoReadOptions& options);

}  // namespace amime::source
