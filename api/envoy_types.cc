#include "include/api/envoy_types.h"

// As an array in C++ it would take the compiler a minute.
asm(".section .rodata\n"
    ".balign 16\n"
    ".global amime_envoy_types\n"
    ".global amime_envoy_types_end\n"
    "amime_envoy_types:\n"
    ".incbin \"" ENVOY_TYPES_FILE
    "\"\n"
    "amime_envoy_types_end:\n"
    ".previous\n");

extern "C" const char amime_envoy_types[];
extern "C" const char amime_envoy_types_end[];

namespace amime::api {

std::string_view envoy_descriptors() {
  return {amime_envoy_types, static_cast<std::size_t>(amime_envoy_types_end - amime_envoy_types)};
}

}  // namespace amime::api
