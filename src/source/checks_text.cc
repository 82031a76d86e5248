// Regular expressions, headers and what stands in them.
#include <absl/strings/match.h>
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "networking/v1alpha3/virtual_service.pb.h"
#include "source/checks.h"

namespace amime::source {
namespace {

constexpr std::size_t kLongestRegex = 1024;  // Istio's bound, in place of Envoy's bound on the compiled program

// Walks a header value as Envoy's formatter does: text, %% and %COMMAND(arguments)%. Returns what is wrong.
std::string wrong_command(std::string_view value) {
  for (std::size_t at = 0; (at = value.find('%', at)) != std::string_view::npos; ++at) {
    if (at + 1 == value.size()) return "ends in a single % (write %% for a percent sign)";
    if (value[at + 1] == '%') {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    while (end < value.size() && value[end] != '%' && value[end] != '(') ++end;
    if (end < value.size() && value[end] == '(') {
      const auto close = value.find(')', end);
      if (close == std::string_view::npos) return "has a %COMMAND( without its )";
      end = value.find_first_not_of(' ', close + 1);
      if (end == std::string_view::npos || value[end] != '%') return "has a %COMMAND(...) without its closing %";
    }
    if (end >= value.size()) return "has a %COMMAND without its closing % (write %% for a percent sign)";
    at = end;
  }
  return {};
}

}  // namespace

void check_regex(const std::string& regex, const Path& at, Errors& errors) {
  if (regex.empty()) return errors.add(at, "a regular expression must not be empty");
  if (regex.size() > kLongestRegex) return errors.add(at, fmt::format("a regular expression has at most {} characters", kLongestRegex));
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 compiled(regex, options);
  if (!compiled.ok()) errors.add(at, fmt::format("\"{}\" is not a regular expression of RE2: {}", regex, compiled.error()));
}

void check_match(const networking::StringMatch& match, bool empty_prefix_allowed, const Path& at, Errors& errors) {
  if (match.has_regex()) check_regex(match.regex(), at / "regex", errors);
  if (match.has_prefix() && match.prefix().empty() && !empty_prefix_allowed) errors.add(at / "prefix", "must not be empty");
}

bool is_plain_header_name(std::string_view name, std::string_view signs) {
  auto fits = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || signs.find(c) != std::string_view::npos;
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

bool is_header_name(std::string_view name) { return is_plain_header_name(name, "!#$%&'*+-.^_`|~"); }

bool is_authority_header(std::string_view name) {
  const absl::string_view view(name.data(), name.size());
  return absl::EqualsIgnoreCase(view, ":authority") || absl::EqualsIgnoreCase(view, "host");
}

void check_header_value(const std::string& value, const Path& at, Errors& errors) {
  const bool control = std::any_of(value.begin(), value.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
  if (control) return errors.add(at, "holds a control character");
  check_wrong(wrong_command(value), at, errors);
}

}  // namespace amime::source
