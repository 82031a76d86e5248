// gzip, for metrics on their way. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace amime::agent {

std::string gzip(std::string_view text);
// Null: not gzip, or more than `limit` bytes come out of it.
std::optional<std::string> gunzip(std::string_view packed, std::size_t limit);

}  // namespace amime::agent
