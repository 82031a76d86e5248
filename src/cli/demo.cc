#include "local/demo.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/log_flag.h"

namespace amime::cli {

void add_demo(CLI::App& app, int* exit_code) {
  auto options = std::make_shared<local::DemoOptions>();
  auto* command = app.add_subcommand("demo", "What make demo shows: a canary under traffic");
  command->group("");  // not in the list of commands
  command->add_option("dir", options->up.dirs, "The sample, examples/bookinfo")->required()->expected(1);
  command->add_option("--envoy", options->up.envoy, "Envoy binary");
  command->add_option("--step", options->seconds_a_step, "Seconds for each weight")->capture_default_str();
  command->add_option("--rate", options->requests_a_second, "Requests a second")->capture_default_str();
  add_log_flag(*command, "warn");
  command->footer("Example:\n  amime demo examples/bookinfo");
  command->callback([options, exit_code] { report("demo", local::run_demo(*options), exit_code); });
}

}  // namespace amime::cli
