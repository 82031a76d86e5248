// ReferenceGrants: whether an object may name one of another namespace.
#pragma once

#include <string>
#include <string_view>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/spec.h"

namespace amime::source::gateway_api {

// Whether `from` (an object of Gateway API) may refer to `to`, whose namespace is `to_ns`. Of its own namespace it always may.
bool may_refer(Reads& reads, const mesh::ObjectKey& from, const Reference& to, std::string_view to_ns);

}  // namespace amime::source::gateway_api
