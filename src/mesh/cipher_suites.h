// The names of TLS cipher suites that a Gateway server may list. Pure; any thread.
#pragma once

#include <string_view>

namespace amime::mesh {

// Whether Envoy (BoringSSL) knows the name: another one would make it refuse the whole listener. Expressions ("-ALL",
// "[A|B]") begin with neither letter nor digit and count as known.
bool known_cipher_suite(std::string_view suite);

}  // namespace amime::mesh
