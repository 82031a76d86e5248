// Host names of listeners and routes: "a.example", "*.example" (labels below it), "*" (any; what an absent name means). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace amime::source::gateway_api {

// The names that both cover; none: they have none in common.
std::optional<std::string> intersection(std::string_view a, std::string_view b);
// Whether every name of `inner` is one of `outer`.
bool covers(std::string_view outer, std::string_view inner);
// Whether `a` is to be asked before `b`: more characters of a full name, then more characters.
bool more_specific(std::string_view a, std::string_view b);

}  // namespace amime::source::gateway_api
