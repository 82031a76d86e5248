// Parts of a subject or of a resource's name. The views are into `text`.
#pragma once

#include <string_view>
#include <vector>

namespace amime::translate {

// At least one part; text between two separators may be empty.
inline std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace amime::translate
