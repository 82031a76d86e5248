#include "cli/agent.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/command.h"

namespace amime::cli {

void add_agent(CLI::App& app, int* exit_code) {
  auto* agent = app.add_subcommand("agent", "What runs beside one Envoy; also under the name pilot-agent");
  agent->require_subcommand(1);
  add_agent_init(*agent, exit_code);
  add_agent_wait(*agent, exit_code);
  add_agent_request(*agent, exit_code);
}

std::vector<std::string> with_program_name(const std::string& program, std::vector<std::string> arguments) {
  const std::string name = program.substr(program.rfind('/') + 1);
  if (name == "istio-iptables") arguments.insert(arguments.begin(), {"agent", "istio-iptables"});
  if (name == "pilot-agent") arguments.insert(arguments.begin(), "agent");
  return arguments;
}

}  // namespace amime::cli
