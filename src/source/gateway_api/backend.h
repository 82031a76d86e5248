// backendRefs as destinations of a VirtualService.
#pragma once

#include <cstdint>
#include <string>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/spec.h"

namespace amime::source::gateway_api {

// Requests to this host are answered 500 (translate/route_scope.h): nothing that may be named stands for the backend.
inline constexpr char kNoBackend[] = "no-backend.gateway-api.invalid";

struct Backend {
  std::string host = kNoBackend;
  std::uint32_t port = 80;
  const char* reason = nullptr;  // why it cannot be reached, in the words of condition ResolvedRefs; null: it can
  std::string message;
};
// `grants`: names in other namespaces need a ReferenceGrant (routes of the mesh do not).
Backend resolve_backend(Reads& reads, const mesh::ObjectKey& route, const BackendRef& ref, bool grants);

}  // namespace amime::source::gateway_api
