// Durations and times as Istio's YAML writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace amime::source {

// "500ms", "1m", "1h30m", "1.5s", "-2s", "0": what Go's time.ParseDuration takes. Nanoseconds; none: not a duration.
std::optional<std::int64_t> parse_duration(std::string_view text);

// RFC 3339 "2024-02-01T10:00:00Z" -> Unix seconds; none: not a time.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

}  // namespace amime::source
