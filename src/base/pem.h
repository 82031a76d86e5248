// Certificates as text.
#pragma once

#include <string_view>

namespace amime::base {

// Whether the first certificate of a PEM bundle can be read.
bool has_certificate(std::string_view pem);

}  // namespace amime::base
