// --log-level, as several commands have it.
#pragma once

namespace CLI {
class App;
}

namespace amime::cli {

// The level takes effect while the flags are parsed. `fallback`: the level without the flag, by name.
void add_log_flag(CLI::App& command, const char* fallback = "info");

}  // namespace amime::cli
