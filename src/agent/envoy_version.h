// Which Envoy a binary is.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace amime::agent {

// What `BINARY --version` says: "envoy  version: HASH/1.40.0/Clean/RELEASE/BoringSSL". NotFound, Unavailable: it cannot be run, or does not
// say. At most 10 s; main thread.
absl::StatusOr<std::string> envoy_version_of(const std::string& binary);

}  // namespace amime::agent
