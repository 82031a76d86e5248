#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "cli/command.h"

namespace amime::cli {

void report(const char* command, const absl::Status& status, int* exit_code) {
  if (status.ok()) return;
  fmt::print(stderr, "amime {}: {}\n", command, std::string(status.message()));
  *exit_code = absl::IsInvalidArgument(status) ? kBadInput : kFailure;
}

int run(std::vector<std::string> arguments) {
  int exit_code = kOk;
  CLI::App app("Amime: a service mesh that speaks Istio's language", "amime");
  app.require_subcommand(1);
  app.footer("Example:\n  amime up examples/bookinfo\n\n'amime COMMAND -h' tells more of a command.");
  add_up(app, &exit_code);
  add_serve(app, &exit_code);
  add_agent(app, &exit_code);
  add_token(app, &exit_code);
  add_echo(app, &exit_code);
  add_demo(app, &exit_code);
  add_keep(app, &exit_code);
  add_status(app, &exit_code);
  add_wait(app, &exit_code);
  add_apply(app, &exit_code);
  add_version(app, &exit_code);
  add_completion(app, &exit_code);
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  return exit_code;
}

}  // namespace amime::cli
