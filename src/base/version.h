// Which build this is.
#pragma once

#include <string>

namespace amime::base {

std::string version();       // 0.1.0
std::string git_revision();  // short hash; "unknown" outside a checkout
std::string build_status();  // Clean, Modified
std::string version_line();  // VERSION-REVISION-STATUS, the form of Istio's GET /version

}  // namespace amime::base
