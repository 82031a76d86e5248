#include "base/version.h"

// Set by CMakeLists.txt for this file alone, so that a commit rebuilds nothing else.
#ifndef AMIME_VERSION
#define AMIME_VERSION "0.0.0"
#endif
#ifndef AMIME_GIT_REVISION
#define AMIME_GIT_REVISION "unknown"
#endif
#ifndef AMIME_BUILD_STATUS
#define AMIME_BUILD_STATUS "Modified"
#endif

namespace amime::base {

std::string version() { return AMIME_VERSION; }
std::string git_revision() { return AMIME_GIT_REVISION; }
std::string build_status() { return AMIME_BUILD_STATUS; }
std::string version_line() { return version() + "-" + git_revision() + "-" + build_status(); }

}  // namespace amime::base
