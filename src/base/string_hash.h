// Hashes std::string and std::string_view alike, so that look-ups need no temporary string.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace amime::base {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
};

}  // namespace amime::base
