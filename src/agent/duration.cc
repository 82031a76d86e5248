#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "agent/options.h"

namespace amime::agent {
namespace {

double milliseconds_of(std::string_view unit) {
  if (unit == "h") return 3'600'000;
  if (unit == "m") return 60'000;
  if (unit == "s") return 1000;
  if (unit == "ms") return 1;
  if (unit == "us") return 0.001;
  if (unit == "ns") return 0.000001;
  return 0;
}

}  // namespace

absl::StatusOr<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto bad = absl::InvalidArgumentError(fmt::format("\"{}\" is not a duration such as 5s, 1m30s or 500ms", text));
  double total = 0;
  if (text.empty()) return bad;
  for (std::string_view rest = text; !rest.empty();) {
    const auto digits = rest.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos || digits > 15) return bad;
    const auto unit = rest.substr(digits, rest.find_first_of("0123456789.", digits) - digits);
    const double factor = milliseconds_of(unit);
    if (factor == 0) return bad;
    total += std::strtod(std::string(rest.substr(0, digits)).c_str(), nullptr) * factor;
    rest.remove_prefix(digits + unit.size());
  }
  if (total > 1e14) return bad;
  return std::chrono::milliseconds(std::llround(total));
}

std::map<std::string, std::string> parse_downward(std::string_view text) {
  std::map<std::string, std::string> out;
  while (!text.empty()) {
    const auto equals = text.find("=\"");
    if (equals == std::string_view::npos) break;
    const std::string key(text.substr(0, equals));
    text.remove_prefix(equals + 2);
    std::string value;
    std::size_t at = 0;
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] != '\\' || at + 1 == text.size()) {
        value += text[at];
        continue;
      }
      const char escaped = text[++at];
      value += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped == 'r' ? '\r' : escaped;
    }
    out.emplace(key, value);
    const auto line = text.find('\n', at);
    text = line == std::string_view::npos ? std::string_view() : text.substr(line + 1);
  }
  return out;
}

}  // namespace amime::agent
