#include "base/bind_error.h"

#include <fmt/format.h>

namespace amime::base {

absl::Status bind_error(std::string_view address, const std::error_code& error) {
  if (error == std::errc::address_in_use) return absl::AlreadyExistsError(fmt::format("{} is already in use by another process", address));
  if (error == std::errc::permission_denied) return absl::PermissionDeniedError(fmt::format("{} may not be bound by this user", address));
  return absl::InvalidArgumentError(fmt::format("cannot listen on {}: {}", address, error.message()));
}

}  // namespace amime::base
