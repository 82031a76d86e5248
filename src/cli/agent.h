// The commands below `amime agent`, which Istio's images call pilot-agent: what runs beside one Envoy. Each add_* registers one
// subcommand of `agent`.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace amime::cli {

void add_agent_init(CLI::App& agent, int* exit_code);  // init, and istio-iptables with Istio's defaults
void add_agent_wait(CLI::App& agent, int* exit_code);
void add_agent_request(CLI::App& agent, int* exit_code);

// The command line that a program of that name means: "pilot-agent" is `agent`, "istio-iptables" is `agent istio-iptables`.
std::vector<std::string> with_program_name(const std::string& program, std::vector<std::string> arguments);

}  // namespace amime::cli
