#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/command.h"
#include "local/keeper.h"

namespace amime::cli {

void add_keep(CLI::App& app, int* exit_code) {
  struct Flags {
    int parent = 0;
    std::vector<std::string> command;
  };
  auto flags = std::make_shared<Flags>();
  auto* command = app.add_subcommand("keep", "Runs a command that must not outlive PARENT; amime up uses it");
  command->group("");
  command->add_option("parent", flags->parent)->required();
  command->add_option("command", flags->command)->required();
  command->prefix_command();
  command->footer("Example:\n  amime keep $$ -- sleep 60");
  command->callback([flags, exit_code] { *exit_code = local::run_keeper(flags->parent, flags->command); });
}

}  // namespace amime::cli
