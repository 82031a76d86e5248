#include "source/duration.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

namespace amime::source {
namespace {

struct Unit {
  std::string_view name;
  double nanoseconds;
};
// Longer names before their prefixes.
constexpr Unit kUnits[] = {{"ns", 1}, {"us", 1e3}, {"\u00b5s", 1e3}, {"\u03bcs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};

const Unit* take_unit(std::string_view& text) {
  for (const Unit& unit : kUnits)
    if (text.starts_with(unit.name)) {
      text.remove_prefix(unit.name.size());
      return &unit;
    }
  return nullptr;
}

bool digit(char c) { return c >= '0' && c <= '9'; }

// "12", "12.5", ".5"; the parts apart, because a double cannot hold every int64.
bool take_number(std::string_view& text, std::int64_t& whole, double& fraction) {
  std::size_t digits = 0;
  whole = 0;
  fraction = 0;
  while (!text.empty() && digit(text[0])) {
    if (whole > (std::numeric_limits<std::int64_t>::max() - 9) / 10) return false;
    whole = whole * 10 + (text[0] - '0');
    text.remove_prefix(1);
    ++digits;
  }
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    for (double place = 0.1; !text.empty() && digit(text[0]); place /= 10, ++digits) {
      fraction += (text[0] - '0') * place;
      text.remove_prefix(1);
    }
  }
  return digits > 0;
}

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  constexpr double kMost = 9.2e18;
  double total_check = 0;
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t whole;
    double fraction;
    if (!take_number(text, whole, fraction)) return std::nullopt;
    const Unit* unit = take_unit(text);
    if (!unit) return std::nullopt;
    total_check += (static_cast<double>(whole) + fraction) * unit->nanoseconds;
    if (total_check > kMost) return std::nullopt;
    total += whole * static_cast<std::int64_t>(unit->nanoseconds) + std::llround(fraction * unit->nanoseconds);
  }
  return negative ? -total : total;
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  const std::string copy(text);
  int year, month, day, hour, minute, second, used = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) != 6 || used == 0)
    return std::nullopt;
  std::size_t at = static_cast<std::size_t>(used);
  if (at < copy.size() && copy[at] == '.')
    for (++at; at < copy.size() && digit(copy[at]);) ++at;
  int offset = 0;
  if (at < copy.size() && (copy[at] == 'Z' || copy[at] == 'z')) {
    ++at;
  } else {
    char sign[2];
    int hours, minutes;
    if (std::sscanf(copy.c_str() + at, "%1[+-]%2d:%2d%n", sign, &hours, &minutes, &used) != 3) return std::nullopt;
    offset = (hours * 60 + minutes) * (sign[0] == '-' ? -60 : 60);
    at += static_cast<std::size_t>(used);
  }
  if (at != copy.size()) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return duration_cast<seconds>(sys_days{date}.time_since_epoch()).count() + hour * 3600 + minute * 60 + second - offset;
}

}  // namespace amime::source
