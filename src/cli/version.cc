#include "base/version.h"

#include <fmt/format.h>

#include <CLI/App.hpp>

#include "cli/command.h"

namespace amime::cli {

void add_version(CLI::App& app, int*) {
  auto* command = app.add_subcommand("version", "Say which version this is");
  command->footer("Example:\n  amime version");
  command->callback([] { fmt::print("amime {} (revision {}, {})\n", base::version(), base::git_revision(), base::build_status()); });
}

}  // namespace amime::cli
