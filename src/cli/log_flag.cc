#include "cli/log_flag.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <map>

#include "base/log.h"

namespace amime::cli {
namespace {

const std::map<std::string, base::LogLevel>& levels() {
  static const std::map<std::string, base::LogLevel> all = {
      {"debug", base::LogLevel::debug}, {"info", base::LogLevel::info}, {"warn", base::LogLevel::warn}, {"warning", base::LogLevel::warn},
      {"error", base::LogLevel::error}, {"off", base::LogLevel::off},   {"none", base::LogLevel::off}};
  return all;
}

}  // namespace

void add_log_flag(CLI::App& command, const char* fallback) {
  const auto standard = levels().at(fallback);
  command.preparse_callback([standard](std::size_t) { base::set_log_level(standard); });
  command
      .add_option_function<std::string>(
          "--log-level", [](const std::string& name) { base::set_log_level(levels().at(name)); }, "debug, info, warn, error or off")
      ->default_str(fallback)
      ->check(CLI::IsMember({"debug", "info", "warn", "warning", "error", "off", "none"}));
}

}  // namespace amime::cli
