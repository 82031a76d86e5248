// What a failed bind or listen means to the user. Pure; any thread.
#pragma once

#include <absl/status/status.h>

#include <string_view>
#include <system_error>

namespace amime::base {

// AlreadyExists: somebody else has the address; PermissionDenied: this user may not; else InvalidArgument.
absl::Status bind_error(std::string_view address, const std::error_code& error);

}  // namespace amime::base
