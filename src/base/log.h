// Logging: one line a message, level and component first. Never pass secret data.
// Any thread. Levels and format as Istio's components print them: TIME LEVEL component  message.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace amime::base {

enum class LogLevel { debug, info, warn, error, off };

void set_log_level(LogLevel level);
LogLevel log_level();
void write_log(LogLevel level, std::string_view component, std::string_view message);

template <class... Args>
void log(LogLevel level, std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  if (level >= log_level()) write_log(level, component, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_debug(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::debug, component, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_info(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::info, component, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_warn(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::warn, component, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_error(std::string_view component, fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::error, component, format, std::forward<Args>(args)...);
}

}  // namespace amime::base
