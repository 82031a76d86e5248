#include "source/gateway_api/spec_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "source/checks.h"
#include "source/duration.h"
#include "source/proto_values.h"

namespace amime::source::gateway_api {

void SpecReader::number(const char* field, std::uint32_t& out, std::uint32_t lowest, std::uint32_t highest) {
  if (!has(field)) return;
  std::uint32_t value = lowest;
  fields_.read(field, value);
  if (value < lowest || value > highest) return error(field, fmt::format("must be between {} and {}", lowest, highest));
  out = value;
}

void SpecReader::numbers(const char* field, std::vector<std::uint32_t>& out, std::uint32_t lowest, std::uint32_t highest) {
  if (!has(field)) return;
  PathStep step(at_, std::string_view(field));
  std::size_t index = 0;
  for (const base::Tree& item : fields_.tree()[field].items()) {
    PathStep item_step(at_, index++);
    const auto value = uint_value(item, at_, errors_, highest, false);
    if (value && *value < lowest) error(fmt::format("must be between {} and {}", lowest, highest));
    if (value) out.push_back(static_cast<std::uint32_t>(*value));
  }
}

void SpecReader::required(const char* field, std::string& out) {
  read(field, out);
  if (out.empty()) error(field, "is required");
}

void SpecReader::one_of(const char* field, std::string& out, const std::vector<std::string>& values) {
  if (!has(field)) return;
  std::string value;
  fields_.read(field, value);
  if (std::find(values.begin(), values.end(), value) != values.end()) {
    out = std::move(value);
    return;
  }
  const std::string near = did_you_mean(value, values);
  error(field, near.empty() ? fmt::format("expected one of {}, found \"{}\"", join_names(values), value)
                            : fmt::format("unknown value \"{}\"; did you mean {}?", value, near));
}

void SpecReader::duration(const char* field, std::optional<std::int64_t>& out) {
  if (!has(field)) return;
  std::string text;
  fields_.read(field, text);
  const auto value = parse_duration(text);
  if (!value || *value < 0) return error(field, fmt::format("expected a duration such as 10s or 1h30m, found \"{}\"", text));
  out = value;
}

void SpecReader::check_regex(const char* field, const std::string& regex) {
  PathStep step(at_, std::string_view(field));
  source::check_regex(regex, at_, errors_);
}

void SpecReader::ignored(const char* field, const char* why) {
  if (has(field)) warn(field, fmt::format("is not honoured: {}", why));
}

void SpecReader::finish() {
  for (const auto& entry : fields_.tree().entries()) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    const std::string near = did_you_mean(entry.key, known_);
    errors_.add(at_ / entry.key, near.empty() ? "unknown field" : fmt::format("unknown field; did you mean {}?", near));
  }
}

}  // namespace amime::source::gateway_api
