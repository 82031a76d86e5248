// Structure-aware mutations of a case's text (case_text.h): fields added, changed, copied and taken away as the kinds' own
// descriptors have them, so that most of what comes out parses. Deterministic for a seed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace amime::test {

// A case near `text`, as JSON values one after another; longer than `max` bytes only if `text` is.
std::string mutate_case(std::string_view text, std::size_t max, std::uint32_t seed);

// Objects of both.
std::string cross_cases(std::string_view a, std::string_view b, std::size_t max, std::uint32_t seed);

}  // namespace amime::test
