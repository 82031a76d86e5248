// Whether a text is a JSON Web Key Set (RFC 7517) of which a proxy can use a key. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace amime::source {

// Empty: it is one. A single key, as Istio takes it too, counts as a set of one.
std::string wrong_with_key_set(std::string_view text);

}  // namespace amime::source
