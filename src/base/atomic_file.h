// Files that are replaced as a whole.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace amime::base {

// Written beside its place, synced, then renamed: a reader, and a crash, see the old file or the new one. `mode`: of a new
// file, before the umask. Internal: which path, and why not.
absl::Status replace_file(const std::string& path, std::string_view content, unsigned mode);

}  // namespace amime::base
