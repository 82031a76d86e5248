#include "source/gateway_api/hostnames.h"

#include <tuple>

namespace amime::source::gateway_api {

bool covers(std::string_view outer, std::string_view inner) {
  if (outer == "*" || outer == inner) return true;
  return outer.starts_with("*.") && inner != "*" && inner.ends_with(outer.substr(1));
}

std::optional<std::string> intersection(std::string_view a, std::string_view b) {
  if (covers(a, b)) return std::string(b);
  if (covers(b, a)) return std::string(a);
  return std::nullopt;
}

bool more_specific(std::string_view a, std::string_view b) {
  const auto rank = [](std::string_view host) { return std::tuple(host.starts_with('*') ? 0 : host.size(), host.size()); };
  return rank(a) > rank(b);
}

}  // namespace amime::source::gateway_api
