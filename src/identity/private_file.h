// Files that hold secrets, and certificates beside them. Any thread.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "identity/secret.h"

namespace amime::identity {

// All of a file, at most 1 MiB. FailedPrecondition: group or others may read it, and `open_to_others` is not allowed. NotFound,
// InvalidArgument (too long), Internal; all name the file.
absl::StatusOr<Secret> read_private_file(const std::string& path, bool open_to_others = false);

// A directory that only its owner may enter (0700), made if need be.
absl::Status make_private_dir(const std::string& path);

}  // namespace amime::identity
